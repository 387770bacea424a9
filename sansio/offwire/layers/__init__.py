"""Layers: one policy a file, each a generator function around the next.

A layer has the shape of a user's middleware:

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]: ...

It may change the request, send it on by `yield from forward(request, context)` none, once or
several times, wait by yielding an effect, and change or replace the response. What it holds
while the inner layers run, it gives back in `finally`, where it may not yield.
"""

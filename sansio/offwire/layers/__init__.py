"""Layers: one policy a file, and one file for the attempt that holds the innermost of them together.

A layer has the shape of a user's middleware:

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]: ...

It may change the request, send it on by `yield from forward(request, context)` none, once or
several times, wait by yielding an effect, and change or replace the response. What it holds
while the inner layers run, it gives back in `finally`, where it may not yield.
"""

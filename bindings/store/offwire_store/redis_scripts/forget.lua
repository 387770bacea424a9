-- KEYS[1]: a token's hash.
--
-- What is left for a day makes sure that a claim of before the last save cannot bring a token back.
redis.call('HDEL', KEYS[1], 'text')
redis.call('EXPIRE', KEYS[1], 86400)
return 1

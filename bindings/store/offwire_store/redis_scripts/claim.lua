-- KEYS[1]: a token's hash. ARGV: how long the claim lasts, in microseconds.
-- Returns the claim's generation as text, or nil while somebody else has it.
--
-- A generation is a time, in microseconds, pushed up where needed: so it grows even where the hash
-- has been lost. Numbers up to 2^53 are exact in Lua, but only %.0f writes them in full.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ends = tonumber(redis.call('HGET', KEYS[1], 'claim_ends') or '0')
if ends > now then
  return false
end
local last = tonumber(redis.call('HGET', KEYS[1], 'generation') or '0')
local generation = string.format('%.0f', math.max(last + 1, now))
redis.call('HSET', KEYS[1], 'generation', generation,
  'claim_ends', string.format('%.0f', now + tonumber(ARGV[1])))
if redis.call('HEXISTS', KEYS[1], 'text') == 0 then
  redis.call('EXPIRE', KEYS[1], 86400) -- who claims and never saves leaves nothing for ever
end
return generation

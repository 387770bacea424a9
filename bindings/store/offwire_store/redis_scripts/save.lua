-- KEYS[1]: a token's hash. ARGV: the text, and the generation of the claim by which it was got, or ''.
-- Returns 1, or 0 where something has been saved by a later claim.
--
-- Whoever saves by a claim is done with it, so the claim ends here too.
local granted = redis.call('HGET', KEYS[1], 'generation') or '0'
local generation = ARGV[2]
if generation == '' then
  generation = granted
elseif tonumber(generation) < tonumber(redis.call('HGET', KEYS[1], 'saved') or '0') then
  return 0
elseif generation == granted then
  redis.call('HDEL', KEYS[1], 'claim_ends')
end
redis.call('HSET', KEYS[1], 'text', ARGV[1], 'saved', generation)
redis.call('PERSIST', KEYS[1])
return 1

-- KEYS[1]: a token's hash. ARGV: the claim's generation. Does nothing to a later claim.
if redis.call('HGET', KEYS[1], 'generation') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'claim_ends')
end
return 1

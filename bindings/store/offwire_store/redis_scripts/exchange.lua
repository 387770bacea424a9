-- KEYS[1]: a quota's account. ARGV: the terms, then the question, as `RedisStore` sends them.
-- Returns {'lease', granted, again_after, holders, blocked, seconds, microseconds}, all as text. Where
-- the account is left as it is: {'disagreed', kind, pace, size} of what others declare, or {'version'}.
--
-- This is `offwire.state.ledger.Ledger.exchange`, statement by statement: what is changed there is
-- changed here, and a test compares the two. Numbers are doubles in both languages. They go out by
-- %.17g and are kept by cmsgpack, which are exact; cjson and Redis' own conversion are not.
local VERSION = 1
local REFRESH_SECONDS = 0.05
local LONGEST_REFRESH = 1.0
local PATIENCE_SECONDS = 0.5
local SLOTS = 256
local SOONEST = 0.001
local ROUNDING = 1e-9

-- The columns of an account, of what cools, and of a place in the line.
local HOLDER, NUMBER, UNITS, EXPIRES_AT, COOL_AT, SIZE = 1, 2, 3, 4, 5, 6
local FREE_AT, COOLING_UNITS = 1, 2
local PLACE_HOLDER, LEAST, LOST_AT = 1, 2, 3

local terms = {
  kind = ARGV[1],
  size = tonumber(ARGV[2]),
  pace = tonumber(ARGV[3]),
  finished_for = tonumber(ARGV[4]),
  strayed_for = tonumber(ARGV[5]),
}
local question = {
  holder = ARGV[6],
  number = tonumber(ARGV[7]),
  flying = tonumber(ARGV[8]),
  finished = tonumber(ARGV[9]),
  strayed = tonumber(ARGV[10]),
  least = tonumber(ARGV[11]),
  want = tonumber(ARGV[12]),
  lasts = tonumber(ARGV[13]),
  blocked = tonumber(ARGV[14]),
}

local kind, pace, origin, last, full_at, blocked_until = '', 0, 0, 0, 0, 0
local accounts, cooling, line = {}, {}, {}

-- Sums.

local function out()
  local units = 0
  for _, account in ipairs(accounts) do
    units = units + account[UNITS]
  end
  return units
end

local function cooled()
  local units = 0
  for _, each in ipairs(cooling) do
    units = units + each[COOLING_UNITS]
  end
  return units
end

local function level(now)
  if kind == 'bucket' then
    return math.max(0, full_at - now) * pace
  end
  return 0
end

local function holders_with(asker)
  local holders = 0
  for _, account in ipairs(accounts) do
    if account[UNITS] > 0 or account[HOLDER] == asker then
      holders = holders + 1
    end
  end
  return holders
end

-- What ends with time.

local function advanced(now)
  if kind == '' then
    origin = now
  end
  if now - origin < last then
    origin = now - last
  end
  last = math.max(last, now - origin)
  return last
end

local function fill(units, now)
  full_at = math.max(full_at, now) + units / pace
end

local function cool(free_at, units, slot)
  if units <= 0 then
    return
  end
  if slot > 0 then
    free_at = math.max(free_at, math.ceil(free_at / slot) * slot)
  end
  local place = #cooling
  while place > 0 and cooling[place][FREE_AT] > free_at do
    place = place - 1
  end
  if place > 0 and cooling[place][FREE_AT] == free_at then
    cooling[place][COOLING_UNITS] = cooling[place][COOLING_UNITS] + units
  else
    table.insert(cooling, place + 1, {free_at, units})
  end
end

local function thaw(now)
  while #cooling > 0 and cooling[1][FREE_AT] <= now do
    local each = table.remove(cooling, 1)
    if kind == 'bucket' then
      fill(each[COOLING_UNITS], each[FREE_AT])
    end
  end
end

local function expire(now)
  local kept = {}
  for _, account in ipairs(accounts) do
    if account[EXPIRES_AT] > now then
      kept[#kept + 1] = account
    else
      cool(account[COOL_AT], account[UNITS], 0)
    end
  end
  accounts = kept
  thaw(now)
  local places = {}
  for _, place in ipairs(line) do
    if place[LOST_AT] > now then
      places[#places + 1] = place
    end
  end
  line = places
end

-- What the holder says.

local function disagreement()
  local is_idle = #accounts == 0 and #cooling == 0 and full_at <= last
  if is_idle then
    kind = terms.kind
    pace = terms.pace
  end
  local size = terms.size
  for _, account in ipairs(accounts) do
    size = math.min(size, account[SIZE])
  end
  if kind ~= terms.kind or pace ~= terms.pace or question.least > size then
    return {'disagreed', kind, string.format('%.17g', pace), string.format('%.17g', size)}
  end
  return nil
end

local function account_of(holder)
  for _, account in ipairs(accounts) do
    if account[HOLDER] == holder then
      return account
    end
  end
  local account = {holder, 0, 0, 0, 0, 0}
  accounts[#accounts + 1] = account
  return account
end

local function finish(units, now)
  if kind == 'bucket' and units > 0 then
    fill(units, now)
  else
    cool(now + terms.finished_for, units, terms.finished_for / SLOTS)
  end
end

-- What it gets.

local function leave(place)
  if place <= #line then
    table.remove(line, place)
  end
end

local function fits_after(units, size, now)
  if kind == 'bucket' then
    local missing = units - size + level(now)
    return units <= size and math.max(0, missing / pace) or math.huge
  end
  local missing = units - size + cooled() - ROUNDING * size
  local at = now
  for _, each in ipairs(cooling) do
    if missing <= 0 then
      break
    end
    at = each[FREE_AT]
    missing = missing - each[COOLING_UNITS]
  end
  return missing <= 0 and at - now or math.huge
end

local function again_after_of(least, ahead, size, place, now)
  local soonest = fits_after(least, size, now)
  local turns = soonest > 0 and place - 1 or place -- places count from 1 here
  local looks = math.min(REFRESH_SECONDS * turns, LONGEST_REFRESH)
  local kept = ahead + out() + (kind == 'bucket' and cooled() or 0)
  return math.max(SOONEST, math.min(soonest + looks, fits_after(kept + least, size, now)))
end

local function answer(account, now)
  local ahead, place = 0, 1
  while place <= #line and line[place][PLACE_HOLDER] ~= question.holder do
    ahead = ahead + line[place][LEAST]
    place = place + 1
  end
  if question.want <= 0 then
    leave(place)
    return 0, 0
  end
  local size = account[SIZE]
  for _, each in ipairs(accounts) do
    size = math.min(size, each[SIZE])
  end
  local room = size - out() - cooled() - level(now) - ahead
  local again_after
  if blocked_until > now then
    again_after = math.max(SOONEST, blocked_until - now)
  elseif room + ROUNDING * size < question.least then
    again_after = again_after_of(question.least, ahead, size, place, now)
  else
    leave(place)
    local part = math.floor(room / (2 * holders_with(question.holder)))
    local granted = math.min(question.want, math.max(question.least, part))
    account[UNITS] = account[UNITS] + granted
    return granted, granted > 0 and 0 or REFRESH_SECONDS
  end
  local lost_at = now + again_after + PATIENCE_SECONDS
  if place <= #line then
    line[place][LEAST] = question.least
    line[place][LOST_AT] = lost_at
  else
    line[#line + 1] = {question.holder, question.least, lost_at}
  end
  return 0, again_after
end

local function take_account(now)
  local account = account_of(question.holder)
  if question.number <= account[NUMBER] then
    return 0, REFRESH_SECONDS
  end
  account[NUMBER] = question.number
  account[UNITS] = question.flying
  account[EXPIRES_AT] = now + question.lasts
  account[COOL_AT] = account[EXPIRES_AT] + terms.strayed_for
  account[SIZE] = terms.size
  if question.blocked > 0 then
    blocked_until = math.max(blocked_until, now + question.blocked)
  end
  finish(question.finished, now)
  cool(now + terms.strayed_for, question.strayed, terms.strayed_for / SLOTS)
  thaw(now)
  return answer(account, now)
end

-- Seconds after which nothing is known that a new account does not know.
local function lasts()
  local ends = math.max(full_at, blocked_until, last)
  for _, account in ipairs(accounts) do
    ends = math.max(ends, account[COOL_AT])
  end
  for _, each in ipairs(cooling) do
    ends = math.max(ends, each[FREE_AT])
  end
  for _, place in ipairs(line) do
    ends = math.max(ends, place[LOST_AT])
  end
  if kind == 'bucket' then
    ends = ends + (out() + cooled()) / pace
  end
  return ends - last
end

local kept = redis.call('GET', KEYS[1])
if kept then
  local version
  version, kind, pace, origin, last, full_at, blocked_until, accounts, cooling, line =
    unpack(cmsgpack.unpack(kept))
  if version ~= VERSION then
    return {'version'}
  end
end
local time = redis.call('TIME')
local now = advanced(time[1] + time[2] / 1000000)
expire(now)
local disagreed = disagreement()
if disagreed then
  return disagreed
end
local granted, again_after = take_account(now)
local state = {VERSION, kind, pace, origin, last, full_at, blocked_until, accounts, cooling, line}
redis.call('SET', KEYS[1], cmsgpack.pack(state), 'PX', math.max(1, math.ceil(lasts() * 1000)))
return {
  'lease',
  string.format('%.17g', granted),
  string.format('%.17g', again_after),
  string.format('%.0f', holders_with(question.holder)),
  string.format('%.17g', math.max(0, blocked_until - now)),
  time[1],
  time[2],
}

"""The types of ESO Logs' GraphQL API, version 2, as its documents are checked and answered against.

Rules of this file: names, types and nothing else; all that can be reached from Query. It is for
generating the client and for the stand-in; no call reads it.
"""

from __future__ import annotations

from typing import Final

SCHEMA: Final = """
type Query {
  characterData: CharacterData
  gameData: GameData
  guildData: GuildData
  progressRaceData: ProgressRaceData
  rateLimitData: RateLimitData
  reportData: ReportData
  userData: UserData
  worldData: WorldData
}

type CharacterData {
  character(id: Int, name: String, serverSlug: String, serverRegion: String): Character
  characters(guildID: Int, limit: Int, page: Int): CharacterPagination
}

type Character {
  anonymous: Boolean
  canonicalID: Int!
  claimed: Boolean
  classID: Int!
  displayName: String!
  encounterRankings(
    byBracket: Boolean, className: String, compare: RankingCompareType, difficulty: Int,
    encounterID: Int, includeCombatantInfo: Boolean, includePrivateLogs: Boolean,
    metric: CharacterRankingMetricType, partition: Int, role: RoleType, size: Int, specName: String,
    timeframe: RankingTimeframeType
  ): JSON
  gameData(specID: Int, forceUpdate: Boolean): JSON
  guildRank: Int!
  guilds: [Guild]
  hidden: Boolean!
  id: Int!
  name: String!
  raceID: Int!
  recentReports(limit: Int, page: Int): ReportPagination
  server: Server!
  zoneRankings(
    byBracket: Boolean, className: String, compare: RankingCompareType, difficulty: Int,
    includePrivateLogs: Boolean, metric: CharacterRankingMetricType, partition: Int, role: RoleType,
    size: Int, specName: String, timeframe: RankingTimeframeType, zoneID: Int
  ): JSON
}

type Guild {
  attendance(guildTagID: Int, limit: Int, page: Int, zoneID: Int): GuildAttendancePagination!
  competitionMode: Boolean!
  currentUserRank: GuildRank
  description: String!
  faction: GameFaction!
  id: Int!
  members(limit: Int, page: Int): CharacterPagination!
  name: String!
  server: Server!
  stealthMode: Boolean!
  tags: [GuildTag]
  zoneRanking(zoneId: Int): GuildZoneRankings!
}

type GuildAttendancePagination {
  current_page: Int!
  data: [GuildAttendance]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type GuildAttendance {
  code: String!
  players: [PlayerAttendance]
  startTime: Float
  zone: Zone
}

type PlayerAttendance {
  name: String
  presence: Int
  type: String
}

type Zone {
  brackets: Bracket
  difficulties: [Difficulty]
  encounters: [Encounter]
  expansion: Expansion!
  frozen: Boolean!
  id: Int!
  name: String!
  partitions: [Partition]
}

type Bracket {
  bucket: Float!
  max: Float!
  min: Float!
  type: String
}

type Difficulty {
  id: Int!
  name: String!
  sizes: [Int]
}

type Encounter {
  characterRankings(
    bracket: Int, difficulty: Int, filter: String, page: Int, partition: Int, serverRegion: String,
    serverSlug: String, size: Int, leaderboard: LeaderboardRank,
    hardModeLevel: HardModeLevelRankFilter, metric: CharacterRankingMetricType,
    includeCombatantInfo: Boolean, className: String, specName: String,
    externalBuffs: ExternalBuffRankFilter
  ): JSON
  fightRankings(
    bracket: Int, difficulty: Int, filter: String, page: Int, partition: Int, serverRegion: String,
    serverSlug: String, size: Int, leaderboard: LeaderboardRank,
    hardModeLevel: HardModeLevelRankFilter, metric: FightRankingMetricType
  ): JSON
  id: Int!
  name: String!
  zone: Zone!
}

type Expansion {
  id: Int!
  name: String!
  zones: [Zone]
}

type Partition {
  compactName: String!
  default: Boolean!
  id: Int!
  name: String!
}

type GameFaction {
  id: Int!
  name: String!
}

type CharacterPagination {
  current_page: Int!
  data: [Character]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type Server {
  characters(limit: Int, page: Int): CharacterPagination
  guilds(limit: Int, page: Int): GuildPagination
  id: Int!
  name: String!
  normalizedName: String!
  region: Region!
  slug: String!
  subregion: Subregion!
}

type GuildPagination {
  current_page: Int!
  data: [Guild]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type Region {
  compactName: String!
  id: Int!
  name: String!
  servers(limit: Int, page: Int): ServerPagination
  slug: String!
  subregions: [Subregion]
}

type ServerPagination {
  current_page: Int!
  data: [Server]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type Subregion {
  id: Int!
  name: String!
  region: Region!
  servers(limit: Int, page: Int): ServerPagination
}

type GuildTag {
  guild: Guild!
  id: Int!
  name: String!
}

type GuildZoneRankings {
  completeRaidSpeed(size: Int, difficulty: Int): WorldRegionServerRankPositions
  progress(size: Int): WorldRegionServerRankPositions
  speed(size: Int, difficulty: Int): WorldRegionServerRankPositions
}

type WorldRegionServerRankPositions {
  regionRank: Rank
  serverRank: Rank
  worldRank: Rank
}

type Rank {
  color: String!
  number: Int!
  percentile: Int
}

type ReportPagination {
  current_page: Int!
  data: [Report]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type Report {
  archiveStatus: ReportArchiveStatus
  code: String!
  endTime: Float!
  events(
    abilityID: Float, dataType: EventDataType, death: Int, difficulty: Int, encounterID: Int,
    endTime: Float, fightIDs: [Int], filterExpression: String, hostilityType: HostilityType,
    includeResources: Boolean, killType: KillType, limit: Int, sourceAurasAbsent: String,
    sourceAurasPresent: String, sourceClass: String, sourceID: Int, sourceInstanceID: Int,
    startTime: Float, targetAurasAbsent: String, targetAurasPresent: String, targetClass: String,
    targetID: Int, targetInstanceID: Int, translate: Boolean, useAbilityIDs: Boolean,
    useActorIDs: Boolean, viewOptions: Int, wipeCutoff: Int
  ): ReportEventPaginator
  exportedSegments: Int!
  fights(
    difficulty: Int, encounterID: Int, fightIDs: [Int], killType: KillType, translate: Boolean
  ): [ReportFight]
  graph(
    abilityID: Float, dataType: GraphDataType, death: Int, difficulty: Int, encounterID: Int,
    endTime: Float, fightIDs: [Int], filterExpression: String, hostilityType: HostilityType,
    killType: KillType, sourceAurasAbsent: String, sourceAurasPresent: String, sourceClass: String,
    sourceID: Int, sourceInstanceID: Int, startTime: Float, targetAurasAbsent: String,
    targetAurasPresent: String, targetClass: String, targetID: Int, targetInstanceID: Int,
    translate: Boolean, viewOptions: Int, viewBy: ViewType, wipeCutoff: Int
  ): JSON
  guild: Guild
  guildTag: GuildTag
  masterData(translate: Boolean): ReportMasterData
  owner: User
  phases: [EncounterPhases!]
  playerDetails(
    difficulty: Int, encounterID: Int, endTime: Float, fightIDs: [Int], killType: KillType,
    startTime: Float, translate: Boolean, includeCombatantInfo: Boolean
  ): JSON
  rankedCharacters: [Character]
  rankings(
    compare: RankingCompareType, difficulty: Int, encounterID: Int, fightIDs: [Int],
    playerMetric: ReportRankingMetricType, timeframe: RankingTimeframeType
  ): JSON
  region: Region
  revision: Int!
  segments: Int!
  startTime: Float!
  table(
    abilityID: Float, dataType: TableDataType, death: Int, difficulty: Int, encounterID: Int,
    endTime: Float, fightIDs: [Int], filterExpression: String, hostilityType: HostilityType,
    killType: KillType, sourceAurasAbsent: String, sourceAurasPresent: String, sourceClass: String,
    sourceID: Int, sourceInstanceID: Int, startTime: Float, targetAurasAbsent: String,
    targetAurasPresent: String, targetClass: String, targetID: Int, targetInstanceID: Int,
    translate: Boolean, viewOptions: Int, viewBy: ViewType, wipeCutoff: Int
  ): JSON
  title: String!
  visibility: String!
  zone: Zone
}

type ReportArchiveStatus {
  archiveDate: Int
  isAccessible: Boolean!
  isArchived: Boolean!
}

type ReportEventPaginator {
  data: JSON
  nextPageTimestamp: Float
}

type ReportFight {
  averageItemLevel: Float
  bossPercentage: Float
  boundingBox: ReportMapBoundingBox
  completeRaid: Boolean!
  difficulty: Int
  dungeonPulls: [ReportDungeonPull]
  encounterID: Int!
  endTime: Float!
  enemyNPCs: [ReportFightNPC]
  enemyPets: [ReportFightNPC]
  enemyPlayers: [Int]
  fightPercentage: Float
  friendlyNPCs: [ReportFightNPC]
  friendlyPets: [ReportFightNPC]
  friendlyPlayers: [Int]
  gameZone: GameZone
  id: Int!
  inProgress: Boolean
  kill: Boolean
  lastPhase: Int
  lastPhaseAsAbsoluteIndex: Int
  lastPhaseIsIntermission: Boolean
  maps: [ReportMap]
  name: String!
  originalEncounterID: Int
  phaseTransitions: [PhaseTransition!]
  size: Int
  startTime: Float!
  trialScore: Float
  trialTime: Float
  wipeCalledTime: Float
}

type ReportMapBoundingBox {
  maxX: Int!
  maxY: Int!
  minX: Int!
  minY: Int!
}

type ReportDungeonPull {
  boundingBox: ReportMapBoundingBox
  encounterID: Int!
  endTime: Float!
  enemyNPCs: [ReportDungeonPullNPC]
  id: Int!
  kill: Boolean
  maps: [ReportMap]
  name: String!
  startTime: Float!
  x: Int!
  y: Int!
}

type ReportDungeonPullNPC {
  gameID: Int
  id: Int
  maximumInstanceGroupID: Int
  maximumInstanceID: Int
  minimumInstanceGroupID: Int
  minimumInstanceID: Int
}

type ReportMap {
  file: String
  id: Int!
  name: String
}

type ReportFightNPC {
  gameID: Int
  groupCount: Int
  id: Int
  instanceCount: Int
  petOwner: Int
}

type GameZone {
  id: Float!
  name: String
}

type PhaseTransition {
  id: Int!
  startTime: Int!
}

type ReportMasterData {
  abilities: [ReportAbility]
  actors(type: String, subType: String): [ReportActor]
  gameVersion: Int
  lang: String
  logVersion: Int!
}

type ReportAbility {
  gameID: Float
  icon: String
  name: String
  type: String
}

type ReportActor {
  anonymous: Boolean
  displayName: String!
  gameID: Float
  icon: String
  id: Int
  name: String
  petOwner: Int
  server: String
  subType: String
  type: String
}

type User {
  characters: [Character]
  euDisplayName: String
  guilds: [Guild]
  id: Int!
  naDisplayName: String
  name: String!
}

type EncounterPhases {
  encounterID: Int!
  phases: [PhaseMetadata!]
  separatesWipes: Boolean
}

type PhaseMetadata {
  id: Int!
  isIntermission: Boolean
  name: String!
}

type GameData {
  abilities(limit: Int, page: Int): GameAbilityPagination
  ability(id: Int): GameAbility
  class(id: Int, faction_id: Int, zone_id: Int): GameClass
  classes(faction_id: Int, zone_id: Int): [GameClass]
  factions: [GameFaction]
  item(id: Int): GameItem
  item_set(id: Int): GameItemSet
  item_sets(limit: Int, page: Int): GameItemSetPagination
  items(limit: Int, page: Int): GameItemPagination
  map(id: Int): GameMap
  maps(limit: Int, page: Int): GameMapPagination
  npc(id: Int): GameNPC
  npcs(limit: Int, page: Int): GameNPCPagination
}

type GameAbilityPagination {
  current_page: Int!
  data: [GameAbility]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type GameAbility {
  description: String
  icon: String
  id: Int!
  name: String
}

type GameClass {
  id: Int!
  name: String!
  slug: String!
  specs: [GameSpec]
}

type GameSpec {
  class: GameClass
  id: Int!
  name: String!
  slug: String!
}

type GameItem {
  icon: String
  id: Int!
  name: String
}

type GameItemSet {
  id: Int!
  name: String
}

type GameItemSetPagination {
  current_page: Int!
  data: [GameItemSet]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type GameItemPagination {
  current_page: Int!
  data: [GameItem]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type GameMap {
  id: Int!
  name: String
}

type GameMapPagination {
  current_page: Int!
  data: [GameMap]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type GameNPC {
  id: Int!
  name: String
}

type GameNPCPagination {
  current_page: Int!
  data: [GameNPC]
  from: Int
  has_more_pages: Boolean!
  last_page: Int!
  per_page: Int!
  to: Int
  total: Int!
}

type GuildData {
  guild(id: Int, name: String, serverSlug: String, serverRegion: String): Guild
  guilds(limit: Int, page: Int, serverID: Int, serverSlug: String, serverRegion: String): GuildPagination
}

type ProgressRaceData {
  detailedComposition(
    competitionID: Int, guildID: Int, guildName: String, serverSlug: String, serverRegion: String,
    encounterID: Int, difficulty: Int, size: Int
  ): JSON
  progressRace(
    serverRegion: String, serverSubregion: String, serverSlug: String, zoneID: Int,
    competitionID: Int, difficulty: Int, size: Int, guildID: Int, guildName: String
  ): JSON
}

type RateLimitData {
  limitPerHour: Int!
  pointsResetIn: Int!
  pointsSpentThisHour: Float!
}

type ReportData {
  report(code: String): Report
  reports(
    endTime: Float, guildID: Int, guildName: String, guildServerSlug: String,
    guildServerRegion: String, guildTagID: Int, userID: Int, limit: Int, page: Int,
    startTime: Float, zoneID: Int, gameZoneID: Int
  ): ReportPagination
}

type UserData {
  currentUser: User
  user(id: Int): User
}

type WorldData {
  encounter(id: Int): Encounter
  expansion(id: Int): Expansion
  expansions: [Expansion]
  region(id: Int): Region
  regions: [Region]
  server(id: Int, region: String, slug: String): Server
  subregion(id: Int): Subregion
  zone(id: Int): Zone
  zones(expansion_id: Int): [Zone]
}

enum CharacterRankingMetricType {
  bosscdps bossdps bossndps bossrdps default dps hps krsi playerscore playerspeed cdps ndps rdps
  tankhps wdps healercombineddps healercombinedbossdps healercombinedcdps healercombinedbosscdps
  healercombinedndps healercombinedbossndps healercombinedrdps healercombinedbossrdps
  tankcombineddps tankcombinedbossdps tankcombinedcdps tankcombinedbosscdps tankcombinedndps
  tankcombinedbossndps tankcombinedrdps tankcombinedbossrdps
}

enum EventDataType {
  All Buffs Casts CombatantInfo DamageDone DamageTaken Deaths Debuffs Dispels Healing Interrupts
  Resources Summons Threat
}

enum ExternalBuffRankFilter {
  Any Require Exclude
}

enum FightRankingMetricType {
  default execution feats score speed progress
}

enum GraphDataType {
  Summary Buffs Casts DamageDone DamageTaken Deaths Debuffs Dispels Healing Interrupts Resources
  Summons Survivability Threat
}

enum GuildRank {
  NonMember Applicant Recruit Member Officer GuildMaster
}

enum HardModeLevelRankFilter {
  Any Highest NormalMode Level0 Level1 Level2 Level3 Level4
}

enum HostilityType {
  Friendlies Enemies
}

enum KillType {
  All Encounters Kills Trash Wipes
}

enum LeaderboardRank {
  Any LogsOnly
}

enum RankingCompareType {
  Rankings Parses
}

enum RankingTimeframeType {
  Today Historical
}

enum ReportRankingMetricType {
  bossdps bossrdps default dps hps krsi playerscore playerspeed rdps tankhps wdps
}

enum RoleType {
  Any DPS Healer Tank
}

enum TableDataType {
  Summary Buffs Casts DamageDone DamageTaken Deaths Debuffs Dispels Healing Interrupts Resources
  Summons Survivability Threat
}

enum ViewType {
  Default Ability Source Target
}

scalar JSON
"""

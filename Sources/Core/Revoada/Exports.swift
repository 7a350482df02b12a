@_exported import RevoadaCaching
@_exported import RevoadaChannels
@_exported import RevoadaCoordination
@_exported import RevoadaMessaging
@_exported import RevoadaPipelines
@_exported import RevoadaResilience
@_exported import RevoadaScheduling
@_exported import RevoadaWorkers

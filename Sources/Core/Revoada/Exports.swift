@_exported import RevoadaChannels
@_exported import RevoadaCoordination
@_exported import RevoadaPipelines
@_exported import RevoadaResilience
@_exported import RevoadaScheduling

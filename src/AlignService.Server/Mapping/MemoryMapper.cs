using AlignService.Training.Policies;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Memory settings, both ways; of every kind of job that trains.</summary>
internal static class MemoryMapper
{
    public static MemoryConfig Read(Wire.MemorySettings wire) => new()
    {
        ActivationCheckpointing = wire.HasActivationCheckpointing && wire.ActivationCheckpointing,
    };

    public static Wire.MemorySettings Write(MemoryConfig config) => new()
    {
        ActivationCheckpointing = config.ActivationCheckpointing,
    };
}

using AlignService.Specs.Settings;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Memory settings, both ways; of every kind of job that trains.</summary>
internal static class MemoryMapper
{
    public static MemoryConfig Read(Wire.MemorySettings wire, SpecReader reader) => new()
    {
        ActivationCheckpointing = wire.HasActivationCheckpointing && wire.ActivationCheckpointing,
        FrozenDtype = reader.Enum(wire.HasFrozenDtype, wire.FrozenDtype, FrozenDtype.F32, "frozen_dtype"),
        PolicyDtype = reader.Enum(wire.HasPolicyDtype, wire.PolicyDtype, PolicyDtype.F32, "policy_dtype"),
    };

    public static Wire.MemorySettings Write(MemoryConfig config) => new()
    {
        ActivationCheckpointing = config.ActivationCheckpointing,
        FrozenDtype = EnumNames.ToWire<FrozenDtype, Wire.FrozenDtype>(config.FrozenDtype),
        PolicyDtype = EnumNames.ToWire<PolicyDtype, Wire.PolicyDtype>(config.PolicyDtype),
    };
}

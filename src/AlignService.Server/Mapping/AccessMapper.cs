using AlignService.Specs.Binding;
using AlignService.Store.Access;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Projects, keys and audit entries as on the wire.</summary>
internal static class AccessMapper
{
    public static Wire.Role Write(Role role) => EnumNames.ToWire<Role, Wire.Role>(role);

    /// <summary>Null where it is not a role.</summary>
    public static Role? Read(Wire.Role role) => EnumNames.ToRecord<Wire.Role, Role>(role);

    public static Wire.Project Write(StoredProject project) => new() { Name = project.Id.ResourceName, CreateTime = Timestamp.FromDateTimeOffset(project.CreateTime) };

    public static Wire.CreateApiKeyResponse Write(ApiKey created, ApiKeySecret secret) => new() { ApiKey = Write(created), Secret = secret.Text };

    public static Wire.ApiKey Write(ApiKey key) => new()
    {
        Name = key.ResourceName,
        DisplayName = key.DisplayName,
        Role = Write(key.Role),
        CreateTime = Timestamp.FromDateTimeOffset(key.CreateTime),
        ExpireTime = WriteTime(key.ExpireTime),
        RevokeTime = WriteTime(key.RevokeTime),
        LastUseTime = WriteTime(key.LastUseTime),
        RequestsPerMinute = key.RequestsPerMinute,
    };

    public static Wire.AuditEntry Write(AuditEntry entry) => new()
    {
        EntryId = entry.Id,
        Time = Timestamp.FromDateTimeOffset(entry.Time),
        Caller = entry.Caller,
        Project = entry.Project,
        Method = entry.Method,
        Resource = entry.Resource,
        Status = entry.Status,
        Peer = entry.Peer,
    };

    private static Timestamp? WriteTime(DateTimeOffset? time) => time is { } given ? Timestamp.FromDateTimeOffset(given) : null;
}

using System.Security.Cryptography;
using System.Text;
using AlignService.Specs.Resources;

namespace AlignService.Store.Access;

/// <summary>What a caller may do; each includes those before it.</summary>
public enum Role
{
    /// <summary>Reads everything in its project.</summary>
    Read,

    /// <summary>Also creates, changes and deletes jobs and data.</summary>
    Submit,

    /// <summary>Also manages the project's keys and reads its audit entries.</summary>
    Admin,

    /// <summary>Everything in every project.</summary>
    Operator,
}

/// <summary>A key as it is kept: without its secret, of which there is only the hash.</summary>
public sealed record ApiKey
{
    public required string Id { get; init; }

    /// <summary>Null for an operator's key, which acts in any project.</summary>
    public required ProjectId? Project { get; init; }

    /// <summary>For people.</summary>
    public required string DisplayName { get; init; }

    public required Role Role { get; init; }

    public required DateTimeOffset CreateTime { get; init; }

    /// <summary>Null: it does not expire.</summary>
    public DateTimeOffset? ExpireTime { get; init; }

    public DateTimeOffset? RevokeTime { get; init; }

    /// <summary>To the minute; null where it was not used yet.</summary>
    public DateTimeOffset? LastUseTime { get; init; }

    /// <summary>Calls a minute that are answered; 0: the server's limit.</summary>
    public int RequestsPerMinute { get; init; }

    /// <summary>SHA-256 of the secret, in hexadecimal. Secrets are random, 190 bits, so that a slow hash would protect nothing.</summary>
    internal string SecretSha256 { get; init; } = "";

    public string ResourceName => Project is { } project ? $"{project.ResourceName}/keys/{Id}" : $"keys/{Id}";

    public bool IsValidAt(DateTimeOffset now) => RevokeTime is null && (ExpireTime is null || ExpireTime > now);

    /// <summary>Compares in constant time.</summary>
    public bool Matches(ApiKeySecret secret) =>
        CryptographicOperations.FixedTimeEquals(Convert.FromHexString(SecretSha256), Convert.FromHexString(secret.Sha256));
}

/// <summary>A key as its holder has it: align_ID_SECRET.</summary>
public sealed record ApiKeySecret(string KeyId, string Secret)
{
    private const string Prefix = "align";
    private const string Characters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int IdLength = 10, SecretLength = 37;

    public string Text => $"{Prefix}_{KeyId}_{Secret}";

    internal string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Secret)));

    public static ApiKeySecret New() => new(RandomNumberGenerator.GetString(Characters, IdLength), RandomNumberGenerator.GetString(Characters, SecretLength));

    /// <summary>Whether a bearer's token claims to be a key of this server.</summary>
    public static bool IsKey(string token) => token.StartsWith($"{Prefix}_", StringComparison.Ordinal);

    /// <summary>Null where it does not have a key's form.</summary>
    public static ApiKeySecret? Parse(string text) =>
        text.Split('_') is [Prefix, { Length: IdLength } id, { Length: SecretLength } secret] && (id + secret).All(Characters.Contains) ? new ApiKeySecret(id, secret) : null;

    /// <summary>Without the secret, so that a log has none.</summary>
    public override string ToString() => $"{Prefix}_{KeyId}_...";
}

using AlignService.Text;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>A secret by reference: <c>env:NAME</c> or <c>file:PATH</c>. Specs, events and logs hold the reference; only the worker reads what it stands for.</summary>
internal readonly record struct SecretReference(string Kind, string Target)
{
    private const string Environment = "env", File = "file";
    private const int MaxFileBytes = 64 << 10;

    public string Text => $"{Kind}:{Target}";

    public static bool TryParse(string text, out SecretReference reference)
    {
        string[] parts = text.Split(':', 2);
        reference = parts is [Environment or File, { Length: > 0 } target] ? new(parts[0], target) : default;
        return reference.Target is not null;
    }

    /// <summary>Whether the operator lets jobs name it; why not, as a sentence, where it is forbidden.</summary>
    public string? FindFault(SecretPolicy policy) => Kind == File && !Path.IsPathRooted(Target)
        ? $"{Text} is not an absolute path; the worker, which reads it, has a working directory of its own."
        : policy.Allows(this) ? null
        : $"{Text} is not open to jobs: those named {SecretPolicy.Prefix}* are, and what the operator lists (--secrets, ALIGN_SECRETS).";

    /// <summary>The secret, without white space around it.</summary>
    /// <exception cref="AlignException">It is forbidden, absent, empty, or no text for a header.</exception>
    public string Read(SecretPolicy policy)
    {
        if (FindFault(policy) is { } fault)
        {
            throw new SecretException(fault);
        }

        string? value = (Kind == Environment ? System.Environment.GetEnvironmentVariable(Target) : ReadFile())?.Trim();
        return string.IsNullOrEmpty(value)
            ? throw new SecretException($"The worker has no {Text}, or it is empty; set it where the worker runs, and submit the job again.")
            : value.All(character => character is >= ' ' and <= '~')
                ? value
                : throw new SecretException($"{Text} holds a line break or another character that a header cannot have.");
    }

    private string? ReadFile()
    {
        try
        {
            return new FileInfo(Target) is not { Exists: true } file ? null
                : file.Length <= MaxFileBytes ? System.IO.File.ReadAllText(Target)
                : throw new SecretException($"{Text} has {file.Length} bytes; a secret has at most {MaxFileBytes}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SecretException($"The worker cannot read {Text}: {ShortText.Cut(exception.Message)}");
        }
    }
}

/// <summary>Which secrets jobs may name: an operator's decision, because a job sends them to an address that it chooses itself.</summary>
/// <param name="Open">Names of environment variables, and files or directories, besides <see cref="Prefix"/>*.</param>
public sealed record SecretPolicy(IReadOnlyList<string> Open)
{
    /// <summary>Of variables that are open to every job.</summary>
    public const string Prefix = "ALIGN_SECRET_";

    /// <summary>Only what has the prefix.</summary>
    public static SecretPolicy Default { get; } = new([]);

    internal bool Allows(SecretReference reference) => reference.Kind == "env"
        ? reference.Target.StartsWith(Prefix, StringComparison.Ordinal) || Open.Contains(reference.Target)
        : Open.Where(Path.IsPathRooted).Any(root => IsBelow(RealPath(reference.Target), RealPath(root)));

    private static bool IsBelow(string path, string root) => path == root || path.StartsWith($"{Path.TrimEndingDirectorySeparator(root)}/", StringComparison.Ordinal);

    /// <summary>With links resolved where there is something: secrets of containers are links.</summary>
    private static string RealPath(string path) => Data.Files.FileIdentity.RealPath(path) ?? Path.GetFullPath(path);
}

/// <summary>A secret that a job names and cannot have.</summary>
public sealed class SecretException(string message) : AlignException(message);

namespace AlignService.Cli.Tests;

/// <summary>What a program gets beside its arguments.</summary>
internal sealed record ProgramInput
{
    public string Text { get; init; } = "";

    public string? Folder { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

using AlignService.Text;

namespace AlignService.Cli.JobFiles;

/// <summary>A piece of a YAML or JSON job file that remembers its line (from 1).</summary>
internal abstract record SourceNode(int Line)
{
    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }

    /// <summary>Text of a file in a message: its beginning says which it is.</summary>
    public static string Shortened(string text) => ShortText.Cut(text, LongestEcho);

    private const int LongestEcho = 100;
}

/// <param name="Text">The text as written, without quotes.</param>
/// <param name="IsNull">An explicit or empty null: the same as left out.</param>
/// <param name="Line">From 1.</param>
internal sealed record SourceScalar(string Text, bool IsNull, int Line) : SourceNode(Line)
{
    public override string Kind => IsNull ? "null" : $"\"{Shortened(Text)}\"";
}

internal sealed record SourceList(IReadOnlyList<SourceNode> Items, int Line) : SourceNode(Line)
{
    public override string Kind => "a list";
}

internal sealed record SourceMap(IReadOnlyList<SourceEntry> Entries, int Line) : SourceNode(Line)
{
    public override string Kind => "a mapping";
}

internal sealed record SourceEntry(string Key, SourceNode Value, int Line);

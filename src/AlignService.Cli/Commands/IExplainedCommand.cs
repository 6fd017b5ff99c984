namespace AlignService.Cli.Commands;

/// <summary>A command whose help ends with examples.</summary>
internal interface IExplainedCommand
{
    /// <summary>Command lines that work as written.</summary>
    IReadOnlyList<string> Examples { get; }
}

namespace AlignService.Cli.Output;

/// <summary>Ends a command with an exit code and a message that the user can act on; one line per fault follows it.</summary>
internal sealed class CommandException : AlignException
{
    public CommandException(ExitCode exitCode, string message, IReadOnlyList<Fault>? faults = null, string? file = null)
        : base(message)
    {
        ExitCode = exitCode;
        Faults = faults ?? [];
        File = file;
    }

    public CommandException(ExitCode exitCode, string message, Exception innerException)
        : base(message, innerException)
    {
        ExitCode = exitCode;
        Faults = [];
    }

    public ExitCode ExitCode { get; }

    public IReadOnlyList<Fault> Faults { get; }

    /// <summary>The job file that the faults' line numbers refer to.</summary>
    public string? File { get; }
}

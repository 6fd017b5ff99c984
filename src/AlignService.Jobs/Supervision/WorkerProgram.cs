using System.Reflection;

namespace AlignService.Jobs.Supervision;

/// <summary>How a worker process is started; `worker --job ID --worker-id W --supervised` follows the arguments.</summary>
public sealed record WorkerProgram
{
    /// <summary>The program.</summary>
    public required string FileName { get; init; }

    /// <summary>What stands before the worker's own arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Set for the worker, beside what it inherits: settings, and secrets, which must not show in a list of processes.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The program that runs now, whether started by its own file or through dotnet.</summary>
    public static WorkerProgram OfThisProgram(IReadOnlyDictionary<string, string> environment)
    {
        string program = System.Environment.ProcessPath ?? throw new InvalidOperationException("the system does not say which program runs");
        bool throughDotnet = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new WorkerProgram
        {
            FileName = program,
            Arguments = throughDotnet ? [Assembly.GetEntryAssembly()!.Location] : [],
            Environment = environment,
        };
    }
}

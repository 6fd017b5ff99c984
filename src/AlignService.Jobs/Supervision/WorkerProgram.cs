using System.Reflection;

namespace AlignService.Jobs.Supervision;

/// <summary>How a worker process is started; `worker --job ID --worker-id W --supervised` follows the arguments.</summary>
public sealed record WorkerProgram
{
    /// <summary>The program.</summary>
    public required string FileName { get; init; }

    /// <summary>What precedes the worker's own arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment variables set for the worker besides what it inherits: settings, and secrets, which must not show in a process list.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The running program, whether started directly or through dotnet.</summary>
    public static WorkerProgram OfThisProgram(IReadOnlyDictionary<string, string> environment)
    {
        string program = System.Environment.ProcessPath ?? throw new InvalidOperationException("the system does not report the path of this program");
        bool throughDotnet = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new WorkerProgram
        {
            FileName = program,
            Arguments = throughDotnet ? [Assembly.GetEntryAssembly()!.Location] : [],
            Environment = environment,
        };
    }
}

namespace AlignService.Cli.Output;

/// <summary>What the process returns, for pipelines. `align --help` lists them.</summary>
internal enum ExitCode
{
    Ok = 0,

    /// <summary>The job that was waited for has failed.</summary>
    JobFailed = 1,

    /// <summary>The command line, the job file or the job it describes is at fault.</summary>
    BadInput = 2,

    /// <summary>No server answers at the address, or no database where the store should be.</summary>
    ServerUnreachable = 3,

    /// <summary>The server knows no job of that name.</summary>
    NotFound = 4,

    /// <summary>The job that was waited for was cancelled.</summary>
    JobCancelled = 5,

    /// <summary>The server refused for another reason: its state, a quota, a permission.</summary>
    Refused = 6,

    /// <summary>A fault of the program itself, here or in the server.</summary>
    InternalError = 70,

    /// <summary>Ctrl+C; 128 + SIGINT, as shells have it.</summary>
    Interrupted = 130,

    /// <summary>128 + SIGTERM.</summary>
    Terminated = 143,
}

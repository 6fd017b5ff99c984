namespace AlignService.Cli.Output;

/// <summary>What the process returns, for pipelines. `align --help` lists them.</summary>
internal enum ExitCode
{
    Ok = 0,

    /// <summary>The watched job failed.</summary>
    JobFailed = 1,

    /// <summary>The command line, the job file or the job it describes is invalid.</summary>
    BadInput = 2,

    /// <summary>No server answers at the address, or no database answers for the store.</summary>
    ServerUnreachable = 3,

    /// <summary>The server has no job, model or dataset of that name.</summary>
    NotFound = 4,

    /// <summary>The watched job was cancelled.</summary>
    JobCancelled = 5,

    /// <summary>The server refused the request for another reason: state, quota, permission.</summary>
    Refused = 6,

    /// <summary>An internal error, here or in the server.</summary>
    InternalError = 70,

    /// <summary>Ctrl+C; 128 + SIGINT, as in shells.</summary>
    Interrupted = 130,

    /// <summary>128 + SIGTERM.</summary>
    Terminated = 143,
}

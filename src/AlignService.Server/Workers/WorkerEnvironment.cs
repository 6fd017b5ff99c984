namespace AlignService.Server.Workers;

/// <summary>Environment variables that stand for options which are not given: how a supervisor tells its workers.</summary>
public static class WorkerEnvironment
{
    public const string DataRoot = "ALIGN_DATA";
    public const string Store = "ALIGN_STORE";
    public const string LogFormat = "ALIGN_LOG_FORMAT";
}

using System.Collections.Frozen;
using AlignService.Store.Access;

namespace AlignService.Server.Access;

/// <summary>What a method asks of its caller.</summary>
/// <param name="Role">The least role; null: anybody, without credentials.</param>
/// <param name="Changes">Whether it changes something, and is noted in the audit log.</param>
internal sealed record AccessRule(Role? Role, bool Changes = false);

/// <summary>One rule per method. What has none is refused to everybody, and by a test.</summary>
internal static class AccessRules
{
    private const string Jobs = "/align.v1.JobService/", Models = "/align.v1.ModelService/", Datasets = "/align.v1.DatasetService/", Access = "/align.v1.AccessService/", Sampling = "/align.v1.SamplingService/", Rewards = "/align.v1.RewardService/";

    private static readonly AccessRule Reads = new(Role.Read), Submits = new(Role.Submit, Changes: true);

    /// <summary>By the method's full name.</summary>
    public static IReadOnlyDictionary<string, AccessRule> All { get; } = new Dictionary<string, AccessRule>
    {
        [$"{Jobs}CreateJob"] = Submits,
        [$"{Jobs}CreateJobs"] = Submits,
        [$"{Jobs}GetJob"] = Reads,
        [$"{Jobs}ListJobs"] = Reads,
        [$"{Jobs}CancelJob"] = Submits,
        [$"{Jobs}PauseJob"] = Submits,
        [$"{Jobs}ResumeJob"] = Submits,
        [$"{Jobs}ExtendJob"] = Submits,
        [$"{Jobs}DeleteJob"] = Submits,
        [$"{Jobs}WatchJob"] = Reads,
        [$"{Jobs}ListRollouts"] = Reads,
        [$"{Jobs}GetRollout"] = Reads,
        [$"{Jobs}ListMetrics"] = Reads,
        [$"{Jobs}ListEvents"] = Reads,

        [$"{Models}BeginImport"] = Submits,
        [$"{Models}ImportModel"] = Submits,
        [$"{Models}ListModels"] = Reads,
        [$"{Models}GetModel"] = Reads,
        [$"{Models}DeleteModel"] = Submits,
        [$"{Models}DownloadModel"] = Reads,

        [$"{Datasets}BeginUpload"] = Submits,
        [$"{Datasets}UploadDataset"] = Submits,
        [$"{Datasets}ListDatasets"] = Reads,
        [$"{Datasets}GetDataset"] = Reads,
        [$"{Datasets}DeleteDataset"] = Submits,
        [$"{Datasets}ValidateDataset"] = Reads,
        [$"{Datasets}PreviewDataset"] = Reads,
        [$"{Datasets}GetDatasetStatistics"] = Reads,

        // It changes nothing, but takes the machine's memory and time as a job does.
        [$"{Sampling}Sample"] = new(Role.Submit),

        // It asks others with the server's secrets.
        [$"{Rewards}Try"] = Submits,

        [$"{Access}GetCaller"] = Reads,
        [$"{Access}CreateProject"] = new(Role.Operator, Changes: true),
        [$"{Access}ListProjects"] = Reads,
        [$"{Access}CreateApiKey"] = new(Role.Admin, Changes: true),
        [$"{Access}ListApiKeys"] = new(Role.Admin),
        [$"{Access}RevokeApiKey"] = new(Role.Admin, Changes: true),
        [$"{Access}ListAuditEntries"] = new(Role.Admin),
    }.ToFrozenDictionary();

    /// <summary>Health and reflection tell nothing of anybody's jobs, and are asked by probes without credentials.</summary>
    private static readonly string[] Open = ["/grpc.health.v1.Health/", "/grpc.reflection.v1.ServerReflection/", "/grpc.reflection.v1alpha.ServerReflection/"];

    /// <exception cref="PermissionDeniedException">The method has no rule.</exception>
    public static AccessRule Of(string method) =>
        All.TryGetValue(method, out AccessRule? rule) ? rule
        : Open.Any(service => method.StartsWith(service, StringComparison.Ordinal)) ? new AccessRule(null)
        : throw new PermissionDeniedException($"{method} has no rule that says who may call it.");
}

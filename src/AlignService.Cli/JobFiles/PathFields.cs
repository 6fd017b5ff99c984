using Google.Protobuf.Reflection;

namespace AlignService.Cli.JobFiles;

/// <summary>The fields that name a file or directory. A relative one counts from the job file; `jobs/...` is a resource of the server and stays.</summary>
internal static class PathFields
{
    private static readonly HashSet<string> Names =
    [
        "align.v1.GrpoJob.model",
        "align.v1.GrpoJob.reference_model",
        "align.v1.AdapterSettings.directory",
        "align.v1.CriticSettings.model",
        "align.v1.SupervisedJob.model",
        "align.v1.PreferenceJob.model",
        "align.v1.PreferenceJob.reference_model",
        "align.v1.RewardModelJob.model",
        "align.v1.PromptSource.file",
        "align.v1.ExampleSource.file",
        "align.v1.PreferenceSource.file",
        "align.v1.RewardModelReward.model",
        "align.v1.ProcessRewardModelReward.model",
    ];

    public static string Resolve(FieldDescriptor field, string value, string folder) =>
        Names.Contains(field.FullName) && value.Length > 0 && !value.StartsWith("jobs/", StringComparison.Ordinal)
            ? Path.GetFullPath(value, folder)
            : value;
}

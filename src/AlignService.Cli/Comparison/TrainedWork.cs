using AlignService.Contracts.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace AlignService.Cli.Comparison;

/// <summary>What all kinds of training have in common, under the names that each has for it.</summary>
internal static class TrainedWork
{
    /// <summary>The kind's own message.</summary>
    public static IMessage Of(JobSpec spec) => (IMessage?)Field(spec)?.Accessor.GetValue(spec) ?? new GrpoJob();

    /// <summary>grpo, supervised, preference, reward_model or evaluation.</summary>
    public static string Kind(JobSpec spec) => Field(spec)?.Name ?? "";

    /// <summary>Whether nothing is trained.</summary>
    public static bool IsEvaluation(JobSpec spec) => spec.KindCase == JobSpec.KindOneofCase.Evaluation;

    /// <summary>What scores completions, as text; empty where nothing does.</summary>
    public static string Rewards(JobSpec spec) => string.Join("; ", ((IEnumerable<RewardSource>?)spec.Grpo?.Rewards ?? spec.Evaluation?.Rewards ?? []).Select(reward => reward.ToString()));

    public static string Model(JobSpec spec) => Of(spec) is var work && work.Descriptor.FindFieldByName("model") is { } field ? (string)field.Accessor.GetValue(work) : "";

    public static ComparedData? TrainingData(JobSpec spec) => Data(Of(spec), "prompts", "examples", "preferences");

    public static ComparedData? HeldOutData(JobSpec spec) => Data(Of(spec), "evaluation_prompts", "evaluation_examples", "evaluation_preferences");

    private static FieldDescriptor? Field(JobSpec spec) => JobSpec.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(spec);

    private static ComparedData? Data(IMessage work, params string[] names) =>
        names.Select(work.Descriptor.FindFieldByName).FirstOrDefault(field => field is not null)?.Accessor.GetValue(work) switch
        {
            PromptSource source => new(source.File, source.Limit, source.InlineCount, source.InlineSha256),
            ExampleSource source => new(source.File, source.Limit, source.InlineCount, source.InlineSha256),
            PreferenceSource source => new(source.File, source.Limit, source.InlineCount, source.InlineSha256),
            _ => null,
        };
}

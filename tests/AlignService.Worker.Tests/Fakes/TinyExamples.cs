using AlignService.Model.Native;
using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;
using AlignService.Training.Tests.Fakes;

namespace AlignService.Worker.Tests.Fakes;

/// <summary>Runs of every kind on the tiny Llama: letters are to be answered by their successors.</summary>
internal sealed class TinyExamples(RunFolder folder)
{
    public static IReadOnlyList<string> Kinds => ["supervised", "preference", "reward_model"];

    public ExampleTrainingConfig Config { get; set; } = new()
    {
        EpochCount = 2,
        BatchSize = 5,
        MicroBatchSize = 3,
        Optimizer = new() { LearningRate = 3e-3, WarmupSteps = 2, Schedule = LearningRateSchedule.Cosine },
        Seed = 7,
    };

    public string Model { get; set; } = folder.TinyModel("model");

    /// <summary>Whether there are held-out examples.</summary>
    public bool Evaluates { get; set; } = true;

    /// <summary>Of the training source.</summary>
    public double HeldOutFraction { get; set; }

    public ComputeDevice Device { get; set; } = ComputeDevice.Cpu;

    public ExampleRun Load(string kind, string? checkpoint = null) => Runs.Load(Create(kind, new RunEnvironment { Device = Device }), checkpoint);

    public ExampleRun Create(string kind, RunEnvironment environment) => kind switch
    {
        "supervised" => ExampleRun.Of(new SupervisedJob { Model = Model, Examples = Examples(0), EvaluationExamples = Evaluates ? Examples(6) : null, Config = Config }, environment),
        "preference" => ExampleRun.Of(new PreferenceJob { Model = Model, Preferences = Preferences(0), EvaluationPreferences = Evaluates ? Preferences(6) : null, Config = Config }, environment),
        "reward_model" => ExampleRun.Of(new RewardModelJob { Model = Model, Preferences = Preferences(0), EvaluationPreferences = Evaluates ? Preferences(6) : null, Config = Config }, environment),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private ExampleSourceConfig Examples(int first) => new()
    {
        HeldOutFraction = first == 0 ? HeldOutFraction : 0,
        File = folder.File($"examples-{first}.jsonl", [.. Letters(first).Select(letter => $$"""{"prompt": "{{Prompt(letter)}}", "completion": "{{Next(letter)}}"}""")]),
    };

    private PreferenceSourceConfig Preferences(int first) => new()
    {
        HeldOutFraction = first == 0 ? HeldOutFraction : 0,
        File = folder.File(
            $"preferences-{first}.jsonl",
            [.. Letters(first).Select(letter => $$"""{"prompt": "{{Prompt(letter)}}", "chosen": "{{Next(letter)}}", "rejected": "{{letter}}x", "margin": 0.1}""")]),
    };

    private static IEnumerable<char> Letters(int first) => Enumerable.Range(first, 12).Select(i => (char)('a' + i));

    private static string Prompt(char letter) => new(letter, 1 + (letter % 4));

    private static char Next(char letter) => (char)(letter + 1);
}

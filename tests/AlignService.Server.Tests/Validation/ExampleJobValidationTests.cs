using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>Every check of jobs on fixed examples, through the wire: one change to a valid spec, and the fault or warning that it brings.</summary>
public sealed class ExampleJobValidationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly string LongText = string.Concat(Enumerable.Repeat("a word ", 400));

    private static Message User(string content) => new() { Role = "user", Content = content };

    /// <summary>A change, the field it must be found at, and words of the description.</summary>
    public static TheoryData<string, Action<JobSpec>, string, string> Faults { get; } = new()
    {
        { "epochs", spec => spec.Supervised.Training = new() { Epochs = 0 }, "spec.supervised.training.epochs", "at least 1" },
        { "steps", spec => spec.Supervised.Training = new() { Steps = -1 }, "spec.supervised.training.steps", "at least 1" },
        { "batch", spec => spec.Supervised.Training = new() { BatchSize = 0 }, "spec.supervised.training.batch_size", "[1, 1000000]" },
        { "micro batch", spec => spec.Supervised.Training = new() { MicroBatchSize = -1 }, "spec.supervised.training.micro_batch_size", "at least 1" },
        { "steps beyond counting", spec => spec.Supervised.Training = new() { Epochs = int.MaxValue, BatchSize = 1 }, "spec.supervised.training.epochs", "4294967294 optimizer steps" },
        { "score that no loss reaches", spec => { spec.Supervised.EvaluationExamples = spec.Supervised.Examples.Clone(); spec.Supervised.Evaluation = new() { StopAtScore = 0.5 }; }, "spec.supervised.evaluation.stop_at_score", "For a loss of 0.5 set -0.5" },
        { "short", spec => spec.Supervised.Training = new() { MaxLength = 1 }, "spec.supervised.training.max_length", "so it must be at least 2" },
        { "context", spec => spec.Supervised.Training = new() { MaxLength = 513 }, "spec.supervised.training.max_length", "the model's context is 512" },
        { "learning rate", spec => spec.Supervised.Optimizer = new() { LearningRate = 0 }, "spec.supervised.optimizer.learning_rate", "above 0" },
        { "evaluation", spec => spec.Supervised.Evaluation = new() { EverySteps = 0 }, "spec.supervised.evaluation.every_steps", "at least 1" },
        { "stop", spec => spec.Supervised.Evaluation = new() { StopPatience = 2 }, "spec.supervised.evaluation.stop_patience", "no evaluation_examples" },
        { "checkpoint", spec => spec.Supervised.Checkpoint = new() { Keep = -1 }, "spec.supervised.checkpoint.keep", "at least 0" },
        { "no model", spec => spec.Supervised.Model = "", "spec.supervised.model", "it is empty" },
        { "classifier", spec => spec.Supervised.Model = "models/scores", "spec.supervised.model", "must be a causal language model" },
        { "no examples", spec => spec.Supervised.Examples = null, "spec.supervised.examples", "there are no examples; set file" },
        { "both", spec => spec.Supervised.Examples.File = "x.jsonl", "spec.supervised.examples", "(2 inline examples); set exactly one" },
        { "limit", spec => spec.Supervised.Examples.Limit = -1, "spec.supervised.examples.limit", "at least 0" },
        { "no completion", spec => spec.Supervised.Examples.Inline[1].Completion = "", "spec.supervised.examples.inline[1]", "no completion" },
        { "text and messages", spec => spec.Supervised.Examples.Inline[0].Messages.Add(User("x")), "spec.supervised.examples.inline[0]", "both text and messages" },
        { "nothing to learn", spec => spec.Supervised.Examples.Inline[0] = new() { Messages = { User("x") } }, "spec.supervised.examples.inline[0]", "no message has the role assistant" },
        { "no template", spec => spec.Supervised.Examples.Inline[0] = new() { Messages = { User("x") }, Completion = "y" }, "spec.supervised.examples", "no chat template" },
        { "too long", spec => spec.Supervised.Examples.Inline[1].Completion = LongText, "spec.supervised.examples", "1 of 2 examples are longer than 512 tokens: example 1 has" },
        { "held out too long", spec => spec.Supervised.EvaluationExamples = new() { Inline = { new Example { Text = "a", Completion = LongText } } }, "spec.supervised.evaluation_examples", "1 of 1 examples are longer" },
        { "file", spec => spec.Supervised.Examples = new() { File = "none.jsonl" }, "spec.supervised.examples.file", "does not exist; give the path" },

        { "rank", spec => spec.Supervised.Adapter = new() { Rank = 0 }, "spec.supervised.adapter.rank", "[1, 16384]" },
        { "adapter's dtype", spec => { spec.Supervised.Adapter = new(); spec.Supervised.Checkpoint = new() { SaveDtype = SaveDtype.Bf16 }; }, "spec.supervised.checkpoint.save_dtype", "float32" },
        { "no such layer", spec => Preference(spec).Adapter = new() { TargetModules = { "q_porj" } }, "spec.preference.adapter.target_modules", "q_porj" },

        { "beta", spec => Preference(spec).Beta = 0, "spec.preference.beta", "above 0" },
        { "smoothing", spec => Preference(spec).LabelSmoothing = 0.5, "spec.preference.label_smoothing", "[0, 0.5)" },
        { "reference", spec => Preference(spec).ReferenceModel = "models/scores", "spec.preference.reference_model", "must be a causal language model" },
        { "no chosen", spec => Preference(spec).Preferences.Inline[0].Chosen = "", "spec.preference.preferences.inline[0]", "chosen is empty" },
        { "no rejected", spec => Preference(spec).Preferences.Inline[0].Rejected = "", "spec.preference.preferences.inline[0]", "rejected is empty" },
        { "margin", spec => Preference(spec).Preferences.Inline[0].Margin = double.NaN, "spec.preference.preferences.inline[0]", "finite" },
        { "long rejected", spec => Preference(spec).Preferences.Inline[0].Rejected = LongText, "spec.preference.preferences", "1 of 1 examples are longer than 512 tokens" },
        { "stop score", spec => Preference(spec).Evaluation = new() { StopAtScore = -0.1 }, "spec.preference.evaluation.stop_at_score", "no evaluation_preferences" },

        { "many labels", spec => RewardModel(spec).Model = "models/moods", "spec.reward_model.model", "has 3 labels" },
        { "pairs", spec => RewardModel(spec).Preferences = null, "spec.reward_model.preferences", "there are no preferences" },
        { "long pair", spec => RewardModel(spec).Preferences.Inline[0].Chosen = LongText, "spec.reward_model.preferences", "1 of 1 examples are longer" },
        { "pair's template", spec => RewardModel(spec).Preferences.Inline[0] = new() { Messages = { User("x") }, Chosen = "y", Rejected = "z" }, "spec.reward_model.preferences", "no chat template" },
    };

    public static TheoryData<string, Action<JobSpec>, string, string> Warnings { get; } = new()
    {
        { "warm-up", spec => spec.Supervised.Optimizer = new() { WarmupSteps = 1 }, "spec.supervised.optimizer.warmup_steps", "has 1 optimizer steps" },
        { "sampling", spec => spec.Supervised.Evaluation = new() { SamplesPerPrompt = 4 }, "spec.supervised.evaluation.samples_per_prompt", "no effect" },
        { "dropped", spec => { spec.Supervised.Examples.Inline[1].Completion = LongText; spec.Supervised.Training = new() { OverlongExamples = OverlongPrompts.Drop }; }, "spec.supervised.examples", "are left out: example 1" },
        { "success", spec => spec.Supervised.Evaluation = new() { SuccessThreshold = 0.5 }, "spec.supervised.evaluation.success_threshold", "no effect" },
        {
            "best without checkpoint",
            spec =>
            {
                spec.Supervised.EvaluationExamples = spec.Supervised.Examples.Clone();
                spec.Supervised.Evaluation = new() { EverySteps = 10, StopPatience = 2 };
                spec.Supervised.Checkpoint = new() { EverySteps = 4, SaveBest = false };
            },
            "spec.supervised.checkpoint.every_steps",
            "Set a divisor of evaluation.every_steps"
        },
        { "improvement", spec => spec.Supervised.Evaluation = new() { StopMinImprovement = 0.5 }, "spec.supervised.evaluation.stop_min_improvement", "no effect" },
        { "epochs and steps", spec => spec.Supervised.Training = new() { Epochs = 3, Steps = 5 }, "spec.supervised.training.epochs", "no effect: steps is 5" },
        { "nothing frozen", spec => spec.Supervised.Memory = new() { FrozenDtype = FrozenDtype.Bf16 }, "spec.supervised.memory.frozen_dtype", "no effect" },
        { "reference is the start", spec => Preference(spec).Memory = new() { FrozenDtype = FrozenDtype.Bf16 }, "spec.preference.memory.frozen_dtype", "no effect" },
        { "scores frozen", spec => RewardModel(spec).Memory = new() { FrozenDtype = FrozenDtype.Bf16 }, "spec.reward_model.memory.frozen_dtype", "no effect" },
        { "margins", spec => Preference(spec).Preferences.Inline[0].Margin = 1, "spec.preference.preferences.inline", "no effect" },
        { "beta", spec => Preference(spec).Beta = 5, "spec.preference.beta", "5 is unusual" },
    };

    [Fact]
    public async Task Each_fault_is_found_at_its_field_and_says_what_to_do()
    {
        await using TestServer server = await StartAsync();
        var wrong = new List<string>();
        foreach ((string what, Action<JobSpec> change, string field, string words) in Faults.Select(row => row.Data))
        {
            IReadOnlyList<BadRequest.Types.FieldViolation> violations = await RefuseAsync(server, change);
            if (violations is not [var only] || only.Field != field || !only.Description.Contains(words, StringComparison.Ordinal))
            {
                wrong.Add($"{what}: expected {field} with \"{words}\" alone, got\n{string.Join('\n', violations.Select(one => $"    {one.Field}: {one.Description}"))}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Each_unusual_thing_is_a_warning_and_no_fault()
    {
        await using TestServer server = await StartAsync();
        foreach ((string what, Action<JobSpec> change, string field, string words) in Warnings.Select(row => row.Data))
        {
            CreateJobResponse response = await ValidateAsync(server, change);
            Assert.True(response.Warnings is [var only] && only.Field == field && only.Description.Contains(words, StringComparison.Ordinal), $"{what}: expected {field} with \"{words}\", got\n{response.Warnings}");
        }
    }

    [Fact]
    public async Task Fields_that_no_row_has_are_warned_of()
    {
        await using TestServer server = await StartAsync();
        server.Folder.Write("examples.jsonl", "{\"prompt\": \"a\", \"completion\": \"b\"}\n");
        server.Folder.Write("preferences.jsonl", "{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}\n");

        CreateJobResponse examples = await ValidateAsync(server, spec => spec.Supervised.Examples = new() { File = "examples.jsonl", ToolsField = "functions" });
        CreateJobResponse preferences = await ValidateAsync(server, spec => RewardModel(spec).Preferences = new() { File = "preferences.jsonl", TemplateArgumentsField = "arguments" });

        Assert.Equal("spec.supervised.examples.tools_field", Assert.Single(examples.Warnings).Field);
        Assert.Equal("spec.reward_model.preferences.template_arguments_field", Assert.Single(preferences.Warnings).Field);
    }

    [Fact]
    public async Task Valid_specs_of_every_kind_have_no_warning()
    {
        await using TestServer server = await StartAsync();

        Assert.Empty((await ValidateAsync(server, _ => { })).Warnings);
        Assert.Empty((await ValidateAsync(server, spec => Preference(spec))).Warnings);
        Assert.Empty((await ValidateAsync(server, spec => RewardModel(spec))).Warnings);
        Assert.Empty((await ValidateAsync(server, spec => RewardModel(spec).Model = "models/scores")).Warnings);
    }

    [Fact]
    public async Task All_faults_come_at_once_with_the_lines_of_the_rows()
    {
        await using TestServer server = await StartAsync();
        server.Folder.Write("examples.jsonl", "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": \"a\"}\nnothing\n");

        IReadOnlyList<BadRequest.Types.FieldViolation> violations = await RefuseAsync(server, spec =>
        {
            spec.Supervised.Examples = new() { File = "examples.jsonl" };
            spec.Supervised.Training = new() { BatchSize = 0 };
            spec.Supervised.Optimizer = new() { LearningRate = -1 };
        });

        Assert.Equal(
            ["spec.supervised.training.batch_size", "spec.supervised.optimizer.learning_rate", "spec.supervised.examples.file", "spec.supervised.examples.file"],
            violations.Select(violation => violation.Field));
        Assert.StartsWith("line 2: \"completion\" does not exist", violations[2].Description, StringComparison.Ordinal);
        Assert.StartsWith("line 3: not JSON", violations[3].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_of_kinds_is_taken_before_its_first_job_has_run()
    {
        await using TestServer server = await StartAsync();
        string first = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = Supervised() }, cancellationToken: Cancel)).Job.Name;

        JobSpec next = Supervised();
        RewardModel(next).Model = $"{first}/checkpoints/best";
        next.After.Add(first);
        CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = next }, cancellationToken: Cancel);

        Assert.Equal($"{first}/checkpoints/best", response.Job.Spec.RewardModel.Model);
        ListJobsResponse listed = await server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel);
        Assert.Empty(listed.Jobs[0].Spec.RewardModel.Preferences.Inline);
        Assert.Empty(listed.Jobs[1].Spec.Supervised.Examples.Inline);
    }

    private static async Task<TestServer> StartAsync()
    {
        TestServer server = await TestServer.StartAsync(Cancel);
        SampleSpecs.WriteModel(server.Folder, "models/policy", 512, "LlamaForCausalLM");
        SampleSpecs.WriteModel(server.Folder, "models/scores", 512, "LlamaForSequenceClassification", labels: 1);
        SampleSpecs.WriteModel(server.Folder, "models/moods", 512, "LlamaForSequenceClassification", labels: 3);
        return server;
    }

    private static JobSpec Supervised() => new()
    {
        Supervised = new SupervisedJob
        {
            Model = "models/policy",
            Examples = new ExampleSource { Inline = { new Example { Text = "2 + 2 =", Completion = " 4" }, new Example { Text = "3 + 3 =", Completion = " 6" } } },
        },
    };

    private static PreferenceSource Pairs() => new() { Inline = { new Preference { Text = "2 + 2 =", Chosen = " 4", Rejected = " 5" } } };

    private static PreferenceJob Preference(JobSpec spec) => spec.Preference = new PreferenceJob { Model = "models/policy", Preferences = Pairs() };

    private static RewardModelJob RewardModel(JobSpec spec) => spec.RewardModel = new RewardModelJob { Model = "models/policy", Preferences = Pairs() };

    private static async Task<CreateJobResponse> ValidateAsync(TestServer server, Action<JobSpec> change)
    {
        JobSpec spec = Supervised();
        change(spec);
        return await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);
    }

    private static async Task<IReadOnlyList<BadRequest.Types.FieldViolation>> RefuseAsync(TestServer server, Action<JobSpec> change)
    {
        try
        {
            await ValidateAsync(server, change);
            return [];
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument)
        {
            return [.. refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations];
        }
    }
}

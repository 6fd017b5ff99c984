using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Specs.Violations;
using Google.Rpc;
using Grpc.Core;
using Xunit;
using static AlignService.Specs.Violations.ViolationCode;

namespace AlignService.Server.Tests.Validation;

/// <summary>Every check of jobs on fixed examples, through the wire: one change to a valid spec, and the fault or warning that it brings.</summary>
public sealed class ExampleJobValidationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly string LongText = string.Concat(Enumerable.Repeat("a word ", 400));

    private static Message User(string content) => new() { Role = "user", Content = content };

    /// <summary>A change, the field that it must be found at, and the code. The texts are those of <see cref="ViolationTextTests"/>.</summary>
    public static TheoryData<string, Action<JobSpec>, string, ViolationCode> Faults { get; } = new()
    {
        { "epochs", spec => spec.Supervised.Training = new() { Epochs = 0 }, "spec.supervised.training.epochs", OutOfRange },
        { "steps", spec => spec.Supervised.Training = new() { Steps = -1 }, "spec.supervised.training.steps", OutOfRange },
        { "batch", spec => spec.Supervised.Training = new() { BatchSize = 0 }, "spec.supervised.training.batch_size", OutOfRange },
        { "micro batch", spec => spec.Supervised.Training = new() { MicroBatchSize = -1 }, "spec.supervised.training.micro_batch_size", OutOfRange },
        { "steps beyond counting", spec => spec.Supervised.Training = new() { Epochs = int.MaxValue, BatchSize = 1 }, "spec.supervised.training.epochs", OutOfRange },
        { "score that no loss reaches", spec => { spec.Supervised.EvaluationExamples = spec.Supervised.Examples.Clone(); spec.Supervised.Evaluation = new() { StopAtScore = 0.5 }; }, "spec.supervised.evaluation.stop_at_score", OutOfRange },
        { "short", spec => spec.Supervised.Training = new() { MaxLength = 1 }, "spec.supervised.training.max_length", OutOfRange },
        { "context", spec => spec.Supervised.Training = new() { MaxLength = 513 }, "spec.supervised.training.max_length", OutOfRange },
        { "learning rate", spec => spec.Supervised.Optimizer = new() { LearningRate = 0 }, "spec.supervised.optimizer.learning_rate", OutOfRange },
        { "evaluation", spec => spec.Supervised.Evaluation = new() { EverySteps = 0 }, "spec.supervised.evaluation.every_steps", OutOfRange },
        { "stop", spec => spec.Supervised.Evaluation = new() { StopPatience = 2 }, "spec.supervised.evaluation.stop_patience", Conflict },
        { "checkpoint", spec => spec.Supervised.Checkpoint = new() { Keep = -1 }, "spec.supervised.checkpoint.keep", OutOfRange },
        { "no model", spec => spec.Supervised.Model = "", "spec.supervised.model", Missing },
        { "classifier", spec => spec.Supervised.Model = "models/scores", "spec.supervised.model", Invalid },
        { "no examples", spec => spec.Supervised.Examples = null, "spec.supervised.examples", Missing },
        { "both", spec => spec.Supervised.Examples.File = "x.jsonl", "spec.supervised.examples", Conflict },
        { "limit", spec => spec.Supervised.Examples.Limit = -1, "spec.supervised.examples.limit", OutOfRange },
        { "no completion", spec => spec.Supervised.Examples.Inline[1].Completion = "", "spec.supervised.examples.inline[1]", Invalid },
        { "text and messages", spec => spec.Supervised.Examples.Inline[0].Messages.Add(User("x")), "spec.supervised.examples.inline[0]", Invalid },
        { "nothing to learn", spec => spec.Supervised.Examples.Inline[0] = new() { Messages = { User("x") } }, "spec.supervised.examples.inline[0]", Invalid },
        { "no template", spec => spec.Supervised.Examples.Inline[0] = new() { Messages = { User("x") }, Completion = "y" }, "spec.supervised.examples", Invalid },
        { "too long", spec => spec.Supervised.Examples.Inline[1].Completion = LongText, "spec.supervised.examples", Invalid },
        { "held out too long", spec => spec.Supervised.EvaluationExamples = new() { Inline = { new Example { Text = "a", Completion = LongText } } }, "spec.supervised.evaluation_examples", Invalid },
        { "whole text with a completion", spec => spec.Supervised.Examples.Inline[0].WholeText = true, "spec.supervised.examples.inline[0]", Invalid },
        { "completion template", spec => spec.Supervised.Examples.CompletionTemplate = "}", "spec.supervised.examples.completion_template", Invalid },
        { "pairs' template", spec => Preference(spec).Preferences.PromptTemplate = "{}", "spec.preference.preferences.prompt_template", Invalid },
        { "pairs held out twice", spec => { Preference(spec).Preferences.HeldOutFraction = 0.5; spec.Preference.EvaluationPreferences = spec.Preference.Preferences.Clone(); spec.Preference.EvaluationPreferences.HeldOutFraction = 0; }, "spec.preference.preferences.held_out_fraction", Conflict },
        { "file elsewhere", spec => spec.Supervised.Examples = new() { File = "/etc/shadow" }, "spec.supervised.examples.file", Invalid },
        { "file", spec => spec.Supervised.Examples = new() { File = "none.jsonl" }, "spec.supervised.examples.file", NotFound },

        { "rank", spec => spec.Supervised.Adapter = new() { Rank = 0 }, "spec.supervised.adapter.rank", OutOfRange },
        { "adapter's dtype", spec => { spec.Supervised.Adapter = new(); spec.Supervised.Checkpoint = new() { SaveDtype = SaveDtype.Bf16 }; }, "spec.supervised.checkpoint.save_dtype", Conflict },
        { "no such layer", spec => Preference(spec).Adapter = new() { TargetModules = { "q_porj" } }, "spec.preference.adapter.target_modules", Invalid },

        { "beta", spec => Preference(spec).Beta = 0, "spec.preference.beta", OutOfRange },
        { "smoothing", spec => Preference(spec).LabelSmoothing = 0.5, "spec.preference.label_smoothing", OutOfRange },
        { "reference", spec => Preference(spec).ReferenceModel = "models/scores", "spec.preference.reference_model", Invalid },
        { "no chosen", spec => Preference(spec).Preferences.Inline[0].Chosen = "", "spec.preference.preferences.inline[0]", Invalid },
        { "no rejected", spec => Preference(spec).Preferences.Inline[0].Rejected = "", "spec.preference.preferences.inline[0]", Invalid },
        { "margin", spec => Preference(spec).Preferences.Inline[0].Margin = double.NaN, "spec.preference.preferences.inline[0]", Invalid },
        { "long rejected", spec => Preference(spec).Preferences.Inline[0].Rejected = LongText, "spec.preference.preferences", Invalid },
        { "stop score", spec => Preference(spec).Evaluation = new() { StopAtScore = -0.1 }, "spec.preference.evaluation.stop_at_score", Conflict },

        { "many labels", spec => RewardModel(spec).Model = "models/moods", "spec.reward_model.model", Invalid },
        { "pairs", spec => RewardModel(spec).Preferences = null, "spec.reward_model.preferences", Missing },
        { "long pair", spec => RewardModel(spec).Preferences.Inline[0].Chosen = LongText, "spec.reward_model.preferences", Invalid },
        { "pair's template", spec => RewardModel(spec).Preferences.Inline[0] = new() { Messages = { User("x") }, Chosen = "y", Rejected = "z" }, "spec.reward_model.preferences", Invalid },
    };

    public static TheoryData<string, Action<JobSpec>, string, ViolationCode> Warnings { get; } = new()
    {
        { "warm-up", spec => spec.Supervised.Optimizer = new() { WarmupSteps = 1 }, "spec.supervised.optimizer.warmup_steps", Unusual },
        { "sampling", spec => spec.Supervised.Evaluation = new() { SamplesPerPrompt = 4 }, "spec.supervised.evaluation.samples_per_prompt", NoEffect },
        { "messages as text", spec => spec.Supervised.Examples.Inline[0].Text = "[{\"role\": \"user\", \"content\": \"x\"}]", "spec.supervised.examples", Unusual },
        { "answers as text", spec => Preference(spec).Preferences.Inline[0].Chosen = "[{\"role\": \"assistant\", \"content\": \"x\"}]", "spec.preference.preferences", Unusual },
        { "dropped", spec => { spec.Supervised.Examples.Inline[1].Completion = LongText; spec.Supervised.Training = new() { OverlongExamples = OverlongPrompts.Drop }; }, "spec.supervised.examples", Unusual },
        { "success", spec => spec.Supervised.Evaluation = new() { SuccessThreshold = 0.5 }, "spec.supervised.evaluation.success_threshold", NoEffect },
        {
            "best without checkpoint",
            spec =>
            {
                spec.Supervised.EvaluationExamples = spec.Supervised.Examples.Clone();
                spec.Supervised.Evaluation = new() { EverySteps = 10, StopPatience = 2 };
                spec.Supervised.Checkpoint = new() { EverySteps = 4, SaveBest = false };
            },
            "spec.supervised.checkpoint.every_steps",
            Unusual
        },
        { "improvement", spec => spec.Supervised.Evaluation = new() { StopMinImprovement = 0.5 }, "spec.supervised.evaluation.stop_min_improvement", NoEffect },
        { "epochs and steps", spec => spec.Supervised.Training = new() { Epochs = 3, Steps = 5 }, "spec.supervised.training.epochs", NoEffect },
        { "nothing frozen", spec => spec.Supervised.Memory = new() { FrozenDtype = FrozenDtype.Bf16 }, "spec.supervised.memory.frozen_dtype", NoEffect },
        { "reference is the start", spec => Preference(spec).Memory = new() { FrozenDtype = FrozenDtype.Bf16 }, "spec.preference.memory.frozen_dtype", NoEffect },
        { "scores frozen", spec => RewardModel(spec).Memory = new() { FrozenDtype = FrozenDtype.Bf16 }, "spec.reward_model.memory.frozen_dtype", NoEffect },
        { "margins", spec => Preference(spec).Preferences.Inline[0].Margin = 1, "spec.preference.preferences.inline", NoEffect },
        { "beta", spec => Preference(spec).Beta = 5, "spec.preference.beta", Unusual },
    };

    [Fact]
    public async Task Each_fault_is_found_at_its_field_with_its_code()
    {
        await using TestServer server = await StartAsync();
        var wrong = new List<string>();
        foreach ((string what, Action<JobSpec> change, string field, ViolationCode code) in Faults.Select(row => row.Data))
        {
            IReadOnlyList<BadRequest.Types.FieldViolation> violations = await RefuseAsync(server, change);
            if (violations is not [var only] || only.Field != field || only.Reason != ViolationTextTests.OnWire(code))
            {
                wrong.Add($"{what}: expected {field} {ViolationTextTests.OnWire(code)} alone, got\n{string.Join('\n', violations.Select(one => $"    {one.Field} {one.Reason}: {one.Description}"))}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Each_unusual_thing_is_a_warning_and_no_fault()
    {
        await using TestServer server = await StartAsync();
        foreach ((string what, Action<JobSpec> change, string field, ViolationCode code) in Warnings.Select(row => row.Data))
        {
            CreateJobResponse response = await ValidateAsync(server, change);
            Assert.True(response.Warnings is [var only] && only.Field == field && only.Reason == ViolationTextTests.OnWire(code), $"{what}: expected {field} {ViolationTextTests.OnWire(code)}, got\n{response.Warnings}");
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

    internal static async Task<TestServer> StartAsync()
    {
        TestServer server = await TestServer.StartAsync(Cancel);
        SampleSpecs.WriteModel(server.Folder, "models/policy", 512, "LlamaForCausalLM");
        SampleSpecs.WriteModel(server.Folder, "models/scores", 512, "LlamaForSequenceClassification", labels: 1);
        SampleSpecs.WriteModel(server.Folder, "models/moods", 512, "LlamaForSequenceClassification", labels: 3);
        return server;
    }

    internal static JobSpec Supervised() => new()
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

using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Specs.Violations;
using Google.Rpc;
using Grpc.Core;
using Xunit;
using static AlignService.Specs.Violations.ViolationCode;

namespace AlignService.Server.Tests.Validation;

/// <summary>Every check of evaluation jobs, through the wire: one change to a valid spec, and the fault or warning that it brings.</summary>
public sealed class EvaluationJobValidationTests
{
    private static readonly string LongText = string.Concat(Enumerable.Repeat("a word ", 400));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A change, the field that it must be found at, and the code. The texts are those of <see cref="ViolationTextTests"/>.</summary>
    public static TheoryData<string, Action<JobSpec>, string, ViolationCode> Faults { get; } = new()
    {
        { "k", spec => spec.Evaluation.SamplesPerPrompt = 0, "spec.evaluation.samples_per_prompt", OutOfRange },
        { "batch", spec => spec.Evaluation.BatchSize = 0, "spec.evaluation.batch_size", OutOfRange },
        { "batch beyond memory", spec => { spec.Evaluation.BatchSize = 1_000_000; spec.Evaluation.SamplesPerPrompt = 2; }, "spec.evaluation.batch_size", OutOfRange },
        { "answers beyond memory", spec => { spec.Evaluation.BatchSize = 1; spec.Evaluation.SamplesPerPrompt = 600_000; }, "spec.evaluation.samples_per_prompt", OutOfRange },
        { "pass_at of 0", spec => spec.Evaluation.PassAt.Add(0), "spec.evaluation.pass_at[0]", OutOfRange },
        { "pass_at beyond k", spec => spec.Evaluation.PassAt.Add(2), "spec.evaluation.pass_at[0]", OutOfRange },
        { "pass_at twice", spec => spec.Evaluation.PassAt.Add([1, 1]), "spec.evaluation.pass_at[1]", Conflict },
        { "success source", spec => spec.Evaluation.SuccessSource = "rigth", "spec.evaluation.success_source", Unknown },
        { "temperature", spec => spec.Evaluation.Sampling = new() { Temperature = -0.1 }, "spec.evaluation.sampling.temperature", OutOfRange },
        { "top_p", spec => spec.Evaluation.Sampling = new() { TopP = 0 }, "spec.evaluation.sampling.top_p", OutOfRange },
        { "length", spec => spec.Evaluation.Sampling = new() { MaxCompletionLength = 0 }, "spec.evaluation.sampling.max_completion_length", OutOfRange },
        { "context", spec => spec.Evaluation.Sampling = new() { MaxCompletionLength = 512 }, "spec.evaluation.sampling.max_completion_length", OutOfRange },
        { "prompt length", spec => spec.Evaluation.Sampling = new() { MaxPromptLength = 500 }, "spec.evaluation.sampling.max_prompt_length", OutOfRange },
        { "stop string", spec => spec.Evaluation.Sampling = new() { StopStrings = { "" } }, "spec.evaluation.sampling.stop_strings[0]", Invalid },
        { "nothing left", spec => { spec.Evaluation.Rewards.Clear(); spec.Evaluation.Table = AnswerTable.None; }, "spec.evaluation.table", Conflict },
        { "no model", spec => spec.Evaluation.Model = "", "spec.evaluation.model", Missing },
        { "classifier", spec => spec.Evaluation.Model = "models/scores", "spec.evaluation.model", Invalid },
        { "no such model", spec => spec.Evaluation.Model = "models/none", "spec.evaluation.model", NotFound },
        { "no prompts", spec => spec.Evaluation.Prompts = null, "spec.evaluation.prompts", Missing },
        { "empty prompt", spec => spec.Evaluation.Prompts.Inline[1] = new(), "spec.evaluation.prompts.inline[1]", Invalid },
        { "both sources", spec => spec.Evaluation.Prompts.File = "x.jsonl", "spec.evaluation.prompts", Conflict },
        { "file elsewhere", spec => spec.Evaluation.Prompts = new() { File = "/etc/shadow" }, "spec.evaluation.prompts.file", Invalid },
        { "no file", spec => spec.Evaluation.Prompts = new() { File = "none.jsonl" }, "spec.evaluation.prompts.file", NotFound },
        { "too long", spec => spec.Evaluation.Prompts.Inline[1].Text = LongText, "spec.evaluation.prompts", Invalid },
        { "template", spec => spec.Evaluation.Prompts.PromptTemplate = "{", "spec.evaluation.prompts.prompt_template", Invalid },
        { "answers", spec => { spec.Evaluation.Prompts.Inline[0].Answer = ""; spec.Evaluation.Prompts.Inline[1].Answer = ""; }, "spec.evaluation.prompts", Missing },
        { "reward's name", spec => spec.Evaluation.Rewards[0].Name = "reward", "spec.evaluation.rewards[0].name", Conflict },
        { "reward without a kind", spec => spec.Evaluation.Rewards[0].ClearKind(), "spec.evaluation.rewards[0].kind", Missing },
        { "reward model", spec => spec.Evaluation.Rewards.Add(new RewardSource { Name = "model", RewardModel = new() { Model = "models/policy" } }), "spec.evaluation.rewards[1].reward_model.model", Invalid },
        { "pattern", spec => spec.Evaluation.Rewards.Add(new RewardSource { Name = "pattern", RegularExpression = new() { Pattern = "(" } }), "spec.evaluation.rewards[1].regular_expression.pattern", Invalid },
    };

    public static TheoryData<string, Action<JobSpec>, string, ViolationCode> Warnings { get; } = new()
    {
        { "greedy", spec => { spec.Evaluation.SamplesPerPrompt = 4; spec.Evaluation.Sampling = new() { Temperature = 0 }; }, "spec.evaluation.samples_per_prompt", Unusual },
        { "threshold without rewards", spec => { spec.Evaluation.Rewards.Clear(); spec.Evaluation.SuccessThreshold = 0.5; }, "spec.evaluation.success_threshold", NoEffect },
        { "pass_at without rewards", spec => { spec.Evaluation.Rewards.Clear(); spec.Evaluation.PassAt.Add(1); }, "spec.evaluation.pass_at", NoEffect },
        { "one answer is missing", spec => spec.Evaluation.Prompts.Inline[0].Answer = "", "spec.evaluation.prompts", Unusual },
        { "dropped", spec => { spec.Evaluation.Prompts.Inline[1].Text = LongText; spec.Evaluation.Sampling = new() { OverlongPrompts = OverlongPrompts.Drop }; }, "spec.evaluation.prompts", Unusual },
        { "many steps", spec => { spec.Evaluation.BatchSize = 1; spec.Evaluation.Prompts.Inline.Add(Enumerable.Range(0, 2000).Select(_ => new Prompt { Text = "1 + 1 =", Answer = "2" })); }, "spec.evaluation.batch_size", Unusual },
        { "seed of nothing held out", spec => spec.Evaluation.Prompts.HeldOutSeed = 3, "spec.evaluation.prompts.held_out_seed", NoEffect },
    };

    [Fact]
    public async Task Each_fault_is_found_at_its_field_with_its_code()
    {
        await using TestServer server = await ExampleJobValidationTests.StartAsync();
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
        await using TestServer server = await ExampleJobValidationTests.StartAsync();
        var wrong = new List<string>();
        foreach ((string what, Action<JobSpec> change, string field, ViolationCode code) in Warnings.Select(row => row.Data))
        {
            CreateJobResponse response = await ValidateAsync(server, change);
            if (response.Warnings is not [var only] || only.Field != field || only.Reason != ViolationTextTests.OnWire(code))
            {
                wrong.Add($"{what}: expected {field} {ViolationTextTests.OnWire(code)} alone, got\n{response.Warnings}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task What_is_left_out_depends_on_how_many_answers_a_prompt_has()
    {
        await using TestServer server = await ExampleJobValidationTests.StartAsync();

        CreateJobResponse one = await ValidateAsync(server, _ => { }), four = await ValidateAsync(server, spec => spec.Evaluation.SamplesPerPrompt = 4);
        CreateJobResponse unscored = await ValidateAsync(server, spec => spec.Evaluation.Rewards.Clear());

        Assert.Empty(one.Warnings);
        Assert.Empty(four.Warnings);
        Assert.Empty(unscored.Warnings);
        Assert.Equal((1, 0.0), (Assert.Single(one.Job.Spec.Evaluation.PassAt), one.Job.Spec.Evaluation.Sampling.Temperature));
        Assert.Equal([1, 4], four.Job.Spec.Evaluation.PassAt);
        Assert.Equal((1.0, 1.0, 16, AnswerTable.Jsonl), (four.Job.Spec.Evaluation.Sampling.Temperature, four.Job.Spec.Evaluation.SuccessThreshold, four.Job.Spec.Evaluation.BatchSize, four.Job.Spec.Evaluation.Table));
        Assert.Empty(unscored.Job.Spec.Evaluation.PassAt);
    }

    [Fact]
    public async Task An_evaluation_is_no_model()
    {
        await using TestServer server = await ExampleJobValidationTests.StartAsync();
        string name = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = Evaluation() }, cancellationToken: Cancel)).Job.Name;

        BadRequest.Types.FieldViolation violation = Assert.Single(await RefuseAsync(server, spec => spec.Evaluation.Model = $"{name}/checkpoints/last"));

        Assert.Equal(("spec.evaluation.model", ViolationTextTests.OnWire(Conflict)), (violation.Field, violation.Reason));
        Assert.Contains("its checkpoints hold answers, not a model", violation.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_without_usable_prompts_are_refused_with_their_rows()
    {
        await using TestServer server = await ExampleJobValidationTests.StartAsync();
        server.Folder.Write("empty.jsonl", "");
        server.Folder.Write("broken.jsonl", "{\"prompt\": \"1 + 1 =\", \"answer\": \"2\"}\n{\"answer\": \"2\"}\nnothing\n");

        IReadOnlyList<BadRequest.Types.FieldViolation> empty = await RefuseAsync(server, spec => spec.Evaluation.Prompts = new() { File = "empty.jsonl" });
        IReadOnlyList<BadRequest.Types.FieldViolation> broken = await RefuseAsync(server, spec => spec.Evaluation.Prompts = new() { File = "broken.jsonl" });

        Assert.Contains("has no rows", Assert.Single(empty).Description, StringComparison.Ordinal);
        Assert.Equal(["line 2", "line 3"], broken.Select(violation => violation.Description[..6]));
    }

    internal static JobSpec Evaluation() => new()
    {
        Evaluation = new EvaluationJob
        {
            Model = "models/policy",
            Prompts = new PromptSource { Inline = { new Prompt { Text = "2 + 2 =", Answer = "4" }, new Prompt { Text = "3 + 3 =", Answer = "6" } } },
            Rewards = { new RewardSource { Name = "right", NumberMatch = new() } },
        },
    };

    private static async Task<CreateJobResponse> ValidateAsync(TestServer server, Action<JobSpec> change)
    {
        JobSpec spec = Evaluation();
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

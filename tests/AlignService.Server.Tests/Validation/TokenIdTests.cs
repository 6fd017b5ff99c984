using System.Text.Json.Nodes;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>Token ids of every model of a job: each has a row in its model's embedding, and models that exchange ids mean the same by them.</summary>
public sealed class TokenIdTests : IAsyncLifetime
{
    /// <summary>The tokenizer has 2,005 ids; the last five are special tokens.</summary>
    private const int AllRows = 2005, WithoutSpecial = 2000;

    private TestServer? _server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TestServer Server => _server ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(Cancel);
        SampleSpecs.WriteModel(Server.Folder, "models/policy", 512, "LlamaForCausalLM");
        SampleSpecs.WriteModel(Server.Folder, "models/other", 512, "LlamaForCausalLM");
        SampleSpecs.WriteModel(Server.Folder, "models/scores", 512, "LlamaForSequenceClassification", labels: 1);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    [Theory]
    [InlineData("supervised", "spec.supervised.examples")]
    [InlineData("preference", "spec.preference.preferences")]
    [InlineData("reward_model", "spec.reward_model.preferences")]
    [InlineData("grpo", "spec.grpo.prompts")]
    public async Task Special_tokens_beyond_the_embedding_are_refused_in_every_kind_of_job(string kind, string field)
    {
        SetRows("models/policy", WithoutSpecial);
        BadRequest.Types.FieldViolation fault = Assert.Single(await RefuseAsync(Spec(kind)));
        Assert.Equal(field, fault.Field);
        Assert.Contains("has the id 200", fault.Description, StringComparison.Ordinal);
        Assert.Contains($"the model's embedding has {WithoutSpecial} rows (vocab_size in config.json), so its highest id is 1999; resize the embedding", fault.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("supervised")]
    [InlineData("preference")]
    [InlineData("reward_model")]
    [InlineData("grpo")]
    public async Task Tokens_that_no_row_reaches_do_no_harm(string kind)
    {
        Change("models/policy/tokenizer.json", json => ((JsonArray)json["added_tokens"]!).Add(Added(2005, "<|never|>")));
        Assert.Empty((await ValidateAsync(Spec(kind))).Warnings);
    }

    [Theory]
    [InlineData("supervised", "a <|never|> b", "c")]
    [InlineData("supervised", "a", "b <|never|>")]
    [InlineData("preference", "a", "b <|never|>")]
    [InlineData("reward_model", "a", "<|never|>")]
    [InlineData("grpo", "a <|never|>", "")]
    public async Task A_token_beyond_the_embedding_in_a_row_is_refused(string kind, string prompt, string completion)
    {
        Change("models/policy/tokenizer.json", json => ((JsonArray)json["added_tokens"]!).Add(Added(2005, "<|never|>")));
        string description = Assert.Single(await RefuseAsync(Spec(kind, prompt, completion))).Description;
        Assert.Contains("the token <|never|> has the id 2005, but the model's embedding has 2005 rows", description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reward_model_whose_end_token_is_beyond_its_embedding_is_refused(bool process)
    {
        SetRows("models/scores", WithoutSpecial);
        JobSpec spec = Spec("grpo");
        spec.Grpo.Rewards.Add(process
            ? new RewardSource { Name = "steps", ProcessRewardModel = new ProcessRewardModelReward { Model = "models/scores" } }
            : new RewardSource { Name = "judge", RewardModel = new RewardModelReward { Model = "models/scores" } });
        BadRequest.Types.FieldViolation fault = Assert.Single(await RefuseAsync(spec));
        Assert.Equal(process ? "spec.grpo.rewards[1].process_reward_model.model" : "spec.grpo.rewards[1].reward_model.model", fault.Field);
        Assert.Contains("with prompt 0, the token", fault.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spec.grpo.reference_model")]
    [InlineData("spec.grpo.critic.model")]
    [InlineData("spec.preference.reference_model")]
    public async Task A_model_with_another_token_table_cannot_read_the_policy_s_ids(string field)
    {
        // The same size, two entries exchanged.
        Change("models/other/tokenizer.json", json =>
        {
            var vocabulary = (JsonObject)json["model"]!["vocab"]!;
            string[] texts = [.. vocabulary.Where(entry => (int)entry.Value! is 300 or 301).Select(entry => entry.Key)];
            (vocabulary[texts[0]], vocabulary[texts[1]]) = ((int)vocabulary[texts[1]]!, (int)vocabulary[texts[0]]!);
        });
        BadRequest.Types.FieldViolation fault = Assert.Single(await RefuseAsync(WithOther(field)));
        Assert.Equal(field, fault.Field);
        Assert.StartsWith("its token table is not the policy's: 2 of 2005 ids differ; the first is 300, which is \"", fault.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spec.grpo.reference_model")]
    [InlineData("spec.grpo.critic.model")]
    [InlineData("spec.preference.reference_model")]
    public async Task A_renamed_or_missing_special_token_is_another_table_and_more_tokens_are_none(string field)
    {
        Change("models/other/tokenizer.json", json => ((JsonArray)json["added_tokens"]!).Add(Added(2005, "<|more|>")));
        Assert.DoesNotContain((await ValidateAsync(WithOther(field))).Warnings, warning => warning.Field == field);
        Change("models/other/tokenizer.json", json => ((JsonArray)json["added_tokens"]!)[^2]!["content"] = "<|renamed|>");
        Assert.Contains("1 of 2005 ids differ; the first is 2004", Assert.Single(await RefuseAsync(WithOther(field))).Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spec.grpo.reference_model")]
    [InlineData("spec.grpo.critic.model")]
    [InlineData("spec.preference.reference_model")]
    public async Task A_model_with_fewer_rows_cannot_read_the_policy_s_ids(string field)
    {
        SetRows("models/other", AllRows - 1);
        Assert.Contains("2004", Assert.Single(await RefuseAsync(WithOther(field))).Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_without_a_tokenizer_is_warned_of()
    {
        File.Delete(Path.Combine(Server.Folder.Path, "models/other/tokenizer.json"));
        Assert.Contains((await ValidateAsync(WithOther("spec.grpo.reference_model"))).Warnings, warning => warning.Description.Contains("has no tokenizer.json", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("supervised")]
    [InlineData("grpo")]
    [InlineData("reward_model")]
    public async Task A_role_without_a_token_is_warned_of(string kind)
    {
        Change("models/policy/tokenizer_config.json", json => json["eos_token"] = "<|im_end|>");
        Assert.Contains((await ValidateAsync(Spec(kind))).Warnings, warning => warning.Field == $"spec.{kind}.model" && warning.Description.Contains("no token for eos_token <|im_end|>", StringComparison.Ordinal));
    }

    /// <summary>transformers adds the tokens of the decoder, so an end token can be there alone.</summary>
    [Fact]
    public async Task An_end_token_that_only_the_decoder_has_is_one_and_is_beyond_the_embedding()
    {
        Change("models/policy/tokenizer_config.json", json =>
        {
            json["eos_token"] = "<|im_end|>";
            json["added_tokens_decoder"] = new JsonObject { ["2005"] = Added(2005, "<|im_end|>") };
        });
        Assert.Contains("the token <|im_end|> has the id 2005", Assert.Single(await RefuseAsync(Spec("supervised"))).Description, StringComparison.Ordinal);
        SetRows("models/policy", 2006);
        Assert.Empty((await ValidateAsync(Spec("supervised"))).Warnings);
    }

    [Fact]
    public async Task Templates_of_which_none_is_the_default_are_named()
    {
        Change("models/policy/tokenizer_config.json", json => json["chat_template"] = new JsonArray(new JsonObject { ["name"] = "tool_use", ["template"] = "x" }, new JsonObject { ["name"] = "rag", ["template"] = "y" }));
        Assert.Empty((await ValidateAsync(Spec("grpo"))).Warnings);
        JobSpec spec = Spec("grpo");
        spec.Grpo.Prompts.Inline[0] = new Prompt { Answer = "4", Messages = { new Message { Role = "user", Content = "x" } } };
        Assert.Contains("only the chat templates tool_use, rag, and none that is called default", Assert.Single(await RefuseAsync(spec)).Description, StringComparison.Ordinal);
    }

    private static JsonObject Added(int id, string content) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private JobSpec Spec(string kind, string prompt = "2 + 2 =", string completion = " 4")
    {
        PreferenceSource pairs = new() { Inline = { new Preference { Text = prompt, Chosen = completion + "x", Rejected = completion + "y" } } };
        JobSpec spec = SampleSpecs.Valid(Server.Folder, writesModel: false);
        switch (kind)
        {
            case "grpo":
                spec.Grpo.Prompts.Inline[0].Text = prompt;
                return spec;
            case "supervised":
                return new JobSpec { Supervised = new SupervisedJob { Model = "models/policy", Examples = new ExampleSource { Inline = { new Example { Text = prompt, Completion = completion } } } } };
            case "preference":
                return new JobSpec { Preference = new PreferenceJob { Model = "models/policy", Preferences = pairs } };
            default:
                return new JobSpec { RewardModel = new RewardModelJob { Model = "models/policy", Preferences = pairs } };
        }
    }

    private JobSpec WithOther(string field)
    {
        JobSpec spec = Spec(field.Split('.')[1]);
        switch (field)
        {
            case "spec.grpo.reference_model":
                spec.Grpo.ReferenceModel = "models/other";
                break;
            case "spec.grpo.critic.model":
                SampleSpecs.Ppo(spec).Model = "models/other";
                break;
            default:
                spec.Preference.ReferenceModel = "models/other";
                break;
        }

        return spec;
    }

    private void SetRows(string model, int count) => Change($"{model}/config.json", json => json["vocab_size"] = count);

    private void Change(string file, Action<JsonNode> change)
    {
        string path = Path.Combine(Server.Folder.Path, file);
        JsonNode json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private async Task<CreateJobResponse> ValidateAsync(JobSpec spec) => await Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);

    private async Task<IReadOnlyList<BadRequest.Types.FieldViolation>> RefuseAsync(JobSpec spec) =>
        (await Assert.ThrowsAsync<RpcException>(() => ValidateAsync(spec))).GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations;
}

using System.Diagnostics;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>What a request can read through a job's models: directories below the data root and the operator's roots, wherever links lead, and regular files in them.</summary>
public sealed class ModelAccessTests
{
    private const string Secret = "s3cr3t";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Every place where a job names a model.</summary>
    public static TheoryData<string, Action<JobSpec, string>> Places { get; } = new()
    {
        { "spec.grpo.model", (spec, model) => spec.Grpo.Model = model },
        { "spec.grpo.reference_model", (spec, model) => spec.Grpo.ReferenceModel = model },
        { "spec.grpo.critic.model", (spec, model) => SampleSpecs.Ppo(spec).Model = model },
        { "spec.grpo.rewards[1].reward_model.model", (spec, model) => spec.Grpo.Rewards.Add(new RewardSource { Name = "judge", RewardModel = new RewardModelReward { Model = model } }) },
        { "spec.grpo.rewards[1].process_reward_model.model", (spec, model) => spec.Grpo.Rewards.Add(new RewardSource { Name = "judge", ProcessRewardModel = new ProcessRewardModelReward { Model = model } }) },
        { "spec.grpo.adapter.directory", (spec, model) => spec.Grpo.Adapter = new AdapterSettings { Directory = model } },
        { "spec.supervised.model", (spec, model) => spec.Supervised = new SupervisedJob { Model = model, Examples = Examples() } },
        { "spec.supervised.adapter.directory", (spec, model) => spec.Supervised = new SupervisedJob { Model = "models/policy", Examples = Examples(), Adapter = new AdapterSettings { Directory = model } } },
        { "spec.preference.model", (spec, model) => spec.Preference = new PreferenceJob { Model = model, Preferences = Pairs() } },
        { "spec.preference.reference_model", (spec, model) => spec.Preference = new PreferenceJob { Model = "models/policy", ReferenceModel = model, Preferences = Pairs() } },
        { "spec.reward_model.model", (spec, model) => spec.RewardModel = new RewardModelJob { Model = model, Preferences = Pairs() } },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_model_elsewhere_is_refused_at_its_field_whether_it_exists_or_not(string field, Action<JobSpec, string> name)
    {
        using var forbidden = new TestFolder();
        SampleSpecs.WriteModel(forbidden, "model", context: 512, architecture: "LlamaForCausalLM");
        forbidden.Write("bad/config.json", $"{{\"model_type\": \"{Secret}\"}}");
        await using TestServer server = await TestServer.StartAsync(Cancel);
        Directory.CreateSymbolicLink(Path.Combine(server.Folder.Path, "link"), Path.Combine(forbidden.Path, "bad"));

        foreach (string model in (string[])[$"{forbidden.Path}/model", $"{forbidden.Path}/bad", $"{forbidden.Path}/none", "/etc", "/etc/passwd", "../../etc", "/proc/self", "link"])
        {
            string refusal = await RefusalAsync(server, field, spec => name(spec, model));
            Assert.Contains($"is outside the directories that jobs may read ({server.Folder.Path})", refusal, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, refusal, StringComparison.Ordinal);
            Assert.Equal(model == "link", refusal.Contains("where a symbolic link leads", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_file_of_a_model_that_is_elsewhere_or_no_file_is_refused(string field, Action<JobSpec, string> name)
    {
        using var forbidden = new TestFolder();
        string secret = forbidden.Write("secret", $"{{\"{Secret}\": 1}}");
        await using TestServer server = await TestServer.StartAsync(Cancel);
        foreach (string file in (string[])["config.json", "tokenizer.json", "model.safetensors", "adapter_config.json"])
        {
            string folder = Path.Combine(server.Folder.Path, $"with-{file}");
            Directory.CreateDirectory(folder);
            File.CreateSymbolicLink(Path.Combine(folder, file), secret);
            string refusal = await RefusalAsync(server, field, spec => name(spec, $"with-{file}"));
            Assert.Contains($"with-{file}/{file}, where a symbolic link leads, is outside the directories that jobs may read", refusal, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, refusal, StringComparison.Ordinal);
        }

        // Whoever opened it would wait for ever.
        Directory.CreateDirectory(Path.Combine(server.Folder.Path, "piped"));
        using Process made = Process.Start("mkfifo", Path.Combine(server.Folder.Path, "piped", "config.json"));
        await made.WaitForExitAsync(Cancel);
        Assert.Contains("piped/config.json is a named pipe; the files of a model must be regular files.", await RefusalAsync(server, field, spec => name(spec, "piped")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_base_of_an_adapter_is_held_to_the_same()
    {
        using var forbidden = new TestFolder();
        SampleSpecs.WriteModel(forbidden, "model", context: 512, architecture: "LlamaForCausalLM");
        await using TestServer server = await TestServer.StartAsync(Cancel);
        foreach (string named in (string[])[$"{forbidden.Path}/model", $"{forbidden.Path}/none", $"../../../..{forbidden.Path}/model"])
        {
            WriteAdapter(server.Folder, named);
            string refusal = await RefusalAsync(server, "spec.grpo.reference_model", spec => spec.Grpo.ReferenceModel = "adapter");
            Assert.Contains($"adapter is an adapter, and its base (base_model_name_or_path) cannot be used: {forbidden.Path}/", refusal, StringComparison.Ordinal);
            Assert.Contains("is outside the directories that jobs may read", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_root_of_the_operator_is_read_and_so_are_links_that_stay_below_one()
    {
        using var allowed = new TestFolder();
        SampleSpecs.WriteModel(allowed, "blobs", context: 512, architecture: "LlamaForCausalLM");
        string snapshot = Path.Combine(allowed.Path, "snapshots", "1a2b");
        Directory.CreateDirectory(snapshot);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(allowed.Path, "blobs")))
        {
            File.CreateSymbolicLink(Path.Combine(snapshot, Path.GetFileName(file)), Path.Combine("..", "..", "blobs", Path.GetFileName(file))); // as Hugging Face's cache has them
        }

        await using TestServer server = await TestServer.StartAsync(options => options with { Roots = [allowed.Path] }, Cancel);
        Directory.CreateSymbolicLink(Path.Combine(server.Folder.Path, "linked"), snapshot);

        foreach (string model in (string[])[Path.Combine(allowed.Path, "blobs"), snapshot, "linked"])
        {
            CreateJobRequest request = Request(server, spec => spec.Grpo.Model = model);
            Assert.Empty((await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel)).Warnings);
        }
    }

    /// <summary>Reading what does not belong there must not tell how large it is.</summary>
    [Fact]
    public async Task The_memory_of_a_model_elsewhere_is_not_counted()
    {
        using var forbidden = new TestFolder();
        SampleSpecs.WriteModel(forbidden, "huge", context: 512, architecture: "LlamaForSequenceClassification", labels: 1);
        string config = Path.Combine(forbidden.Path, "huge", "config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config, Cancel)).Replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 200000000", StringComparison.Ordinal), Cancel);
        await using TestServer server = await TestServer.StartAsync(options => options with { Workers = 1 }, Cancel);

        string refusal = await RefusalAsync(server, "spec.grpo.rewards[1].reward_model.model", spec => spec.Grpo.Rewards.Add(
            new RewardSource { Name = "judge", RewardModel = new RewardModelReward { Model = $"{forbidden.Path}/huge" } }));

        Assert.DoesNotContain("GiB", refusal, StringComparison.Ordinal);
    }

    private static ExampleSource Examples() => new() { Inline = { new Example { Text = "2 + 2 =", Completion = " 4" } } };

    private static PreferenceSource Pairs() => new() { Inline = { new Preference { Text = "2 + 2 =", Chosen = " 4", Rejected = " 5" } } };

    private static void WriteAdapter(TestFolder folder, string baseName) => folder.Write("adapter/adapter_config.json", $$"""
        { "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"], "base_model_name_or_path": "{{baseName}}" }
        """);

    private static CreateJobRequest Request(TestServer server, Action<JobSpec> change)
    {
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        change(spec);
        return new CreateJobRequest { Spec = spec, ValidateOnly = true };
    }

    /// <summary>The only violation, at the field.</summary>
    private static async Task<string> RefusalAsync(TestServer server, string field, Action<JobSpec> change)
    {
        CreateJobRequest request = Request(server, change);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(
            () => server.Jobs.CreateJobAsync(request, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30), cancellationToken: Cancel).ResponseAsync);
        BadRequest.Types.FieldViolation violation = Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal(field, violation.Field);
        return violation.Description;
    }
}

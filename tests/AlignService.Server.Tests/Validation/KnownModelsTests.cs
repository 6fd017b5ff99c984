using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Server.Validation;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>What is remembered of a model is what its files say now.</summary>
public sealed class KnownModelsTests
{
    private const string Model = "models/changing";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_that_changes_between_two_submits_is_read_again()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Model = Model;
        spec.Grpo.Sampling = new SamplingSettings { MaxCompletionLength = 40 };

        SampleSpecs.WriteModel(server.Folder, Model, context: 64, architecture: "LlamaForCausalLM");
        Assert.Empty((await ValidateAsync(server, spec)).Violations);
        SampleSpecs.WriteModel(server.Folder, Model, context: 32, architecture: "LlamaForCausalLM");
        Assert.Contains("the model's context is 32", Assert.Single((await ValidateAsync(server, spec)).Violations).Description, StringComparison.Ordinal);
        SampleSpecs.WriteModel(server.Folder, Model, context: 64, architecture: "LlamaForCausalLM");
        Assert.Empty((await ValidateAsync(server, spec)).Violations);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"model_type\": \"llama\", ")]
    public async Task A_config_that_is_being_written_is_a_violation(string half)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Model = Model;
        SampleSpecs.WriteModel(server.Folder, Model, context: 64, architecture: "LlamaForCausalLM");
        server.Folder.Write($"{Model}/config.json", half);

        Assert.Contains((await ValidateAsync(server, spec)).Violations, violation => violation.Field == "spec.grpo.model");
    }

    [Fact]
    public void A_folder_that_vanishes_while_it_is_read_is_a_fault_of_the_model()
    {
        FolderCache<string> cache = new(_ => throw new FileNotFoundException("Could not find file 'config.json'."));

        Assert.StartsWith("/models/gone cannot be read: Could not find file", Assert.Throws<CheckpointException>(() => cache.Get("/models/gone")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_another_folder_decides_is_read_again_when_that_one_changes()
    {
        string first = Directory.CreateTempSubdirectory("align-known-").FullName, second = Directory.CreateTempSubdirectory("align-known-").FullName;
        int reads = 0;
        FolderCache<string> cache = new(_ => $"{++reads}") { PartsOf = folder => [folder, second] };

        Assert.Equal(("1", "1"), (cache.Get(first), cache.Get(first)));
        File.WriteAllText(Path.Combine(second, "config.json"), "{}");
        Assert.Equal(("2", "2"), (cache.Get(first), cache.Get(first)));
        Directory.Delete(first, recursive: true);
        Directory.Delete(second, recursive: true);
    }

    /// <summary>Many submits at once, on more models than are remembered.</summary>
    [Fact]
    public void Folders_are_asked_for_by_many_at_once()
    {
        FolderCache<string> cache = new(folder => folder);

        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal($"/models/{i % 40}", cache.Get($"/models/{i % 40}")));
    }

    private static async Task<CreateJobResponse> ValidateAsync(TestServer server, JobSpec spec) =>
        await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true, ListViolations = true }, cancellationToken: Cancel);
}

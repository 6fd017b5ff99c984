using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>A real chat model (a re-quantised copy of SmolLM2-135M-Instruct) trained on real questions, through a real server.</summary>
[TestClass(DisableParallelization = true)]
public sealed class RealModelJobTests(ITestOutputHelper output) : IDisposable
{
    private const int Steps = 3;
    private const double MemoryLimit = 12.0 * (1L << 30);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Three_steps_on_GSM8K_stay_within_12_GiB_and_an_adapter_needs_less()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        double whole = Peak(await TrainAsync(server, Steps, ""));
        double adapter = Peak(await TrainAsync(server, 1, "adapter: {}"));

        output.WriteLine($"peak resident: all weights {whole / (1L << 30):F2} GiB, adapter {adapter / (1L << 30):F2} GiB");
        Assert.True(adapter < whole, $"{adapter} bytes with an adapter, {whole} with all weights");
    }

    private static double Peak(IReadOnlyList<JsonNode> steps) => steps.Max(values => (double)values["memory/peak_bytes"]!);

    private async Task<IReadOnlyList<JsonNode>> TrainAsync(RunningServer server, int stepCount, string adapter)
    {
        string file = _folder.Write("job.yaml", Job(SharedModels.SmolLm2(), SharedFolder.Require("data/gsm8k/train.jsonl"), stepCount, adapter));
        string name = (string)(await server.RunAsync("submit", file, "--json")).Exits(0).Json["name"]!;
        using var watch = WatchStream.Open(server, name);
        int exitCode = await watch.ReadToEndAsync();

        Assert.True(exitCode == 0, $"exit code {exitCode}; the server's log:\n{server.Log}");
        var steps = watch.Events.Where(line => line["metrics"]?["values"]?["reward/mean"] is not null).Select(line => line["metrics"]!["values"]!).ToList();
        Assert.Equal(stepCount, steps.Count);
        Assert.All(steps, values =>
        {
            Assert.InRange((double)values["memory/peak_bytes"]!, 1, MemoryLimit);
            Assert.InRange((double)values["completions/mean_length"]!, 1, 64);
            Assert.InRange((double)values["reward/mean"]!, -0.1, 1); // the number is right or not; at most 0.1 is held against length
            Assert.InRange((double)values["policy/kl"]!, 0, 0.01); // three steps at a rate of 1e-6 move next to nothing
            Assert.InRange((double)values["policy/entropy"]!, 0.05, 4);
            Assert.InRange((double)values["sampler/logprob_difference_max"]!, 0, 1e-3);
        });
        return steps;
    }

    private static string Job(string model, string questions, int stepCount, string adapter) => $$"""
        display_name: real model
        seed: 5
        grpo:
          model: {{model}}
          {{adapter}}
          prompts:
            file: {{questions}}
            prompt_field: question
            limit: 64
          rewards:
            - name: number
              number_match: {}
            - name: brief
              weight: 0.1
              length: {}
          algorithm:
            steps: {{stepCount}}
            prompts_per_step: 2
            group_size: 4
          sampling:
            max_completion_length: 64
            max_prompt_length: 256

        """;
}

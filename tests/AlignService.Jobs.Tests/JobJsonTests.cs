using AlignService.Jobs.Events;
using AlignService.Specs;
using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Answers;
using AlignService.Specs.Rewards.Lengths;
using AlignService.Specs.Settings;
using Xunit;

namespace AlignService.Jobs.Tests;

/// <summary>The stored names are durable: a database outlives the program that wrote it.</summary>
public sealed class JobJsonTests
{
    [Fact]
    public void Spec_Names_StayAsTheyWereStored()
    {
        var spec = new JobSpec
        {
            After = [new JobId("job-0001")],
            Limits = new JobLimits { MaxDuration = TimeSpan.FromMinutes(90) },
            Kind = new GrpoJob
            {
                Model = "m",
                Prompts = new PromptSourceConfig { Inline = [new Prompt(0, null, [new PromptMessage("user", "hi")], "42")] },
                Rewards = [new NumberMatchConfig { Name = "number" }],
                Config = new GrpoConfig { Loss = new GrpoLossConfig { KlEstimator = KlEstimator.K3Straight } },
            },
        };
        string json = JobJson.Serialize(spec);
        foreach (string part in (string[])[
            "\"after\":[\"job-0001\"]",
            "\"max_duration\":\"01:30:00\"",
            "\"kind\":{\"$type\":\"grpo\"",
            "\"messages\":[{\"role\":\"user\",\"content\":\"hi\",\"fields_json\":null}]",
            "{\"$type\":\"number_match\",",
            "\"kl_estimator\":\"k3_straight\"",
            "\"save_best\":true",
            "\"save_dtype\":\"as_loaded\""])
        {
            Assert.Contains(part, json, StringComparison.Ordinal);
        }

        Assert.Equal(json, JobJson.Serialize(JobJson.Deserialize<JobSpec>(json)));
    }

    [Fact]
    public void Spec_OfJobsOnExamples_KeepsItsNames()
    {
        var config = new FittingConfig { StepCount = 3 };
        JobKind[] kinds =
        [
            new SupervisedJob { Model = "m", Examples = new() { Inline = [new Example(new Prompt(0, "2+2=", null, null), "4")] }, Config = config },
            new PreferenceJob { Model = "m", Preferences = new() { File = "p.parquet" }, Config = config, Preference = new() { Beta = 0.5 } },
            new RewardModelJob { Model = "m", Preferences = new() { Inline = [new Preference(new Prompt(0, "2+2=", null, null), "4", "5", 0.5)] }, Config = config },
        ];
        string[] json = [.. kinds.Select(kind => JobJson.Serialize(new JobSpec { Kind = kind }))];

        Assert.Contains("\"kind\":{\"$type\":\"supervised\"", json[0], StringComparison.Ordinal);
        Assert.Contains("\"completion\":\"4\"", json[0], StringComparison.Ordinal);
        Assert.Contains("\"kind\":{\"$type\":\"preference\"", json[1], StringComparison.Ordinal);
        Assert.Contains("\"preference\":{\"beta\":0.5", json[1], StringComparison.Ordinal);
        Assert.Contains("\"kind\":{\"$type\":\"reward_model\"", json[2], StringComparison.Ordinal);
        Assert.Contains("\"chosen\":\"4\",\"rejected\":\"5\",\"margin\":0.5", json[2], StringComparison.Ordinal);
        Assert.All(json, stored => Assert.Contains("\"step_count\":3", stored, StringComparison.Ordinal));
        Assert.All(json, stored => Assert.Equal(stored, JobJson.Serialize(JobJson.Deserialize<JobSpec>(stored))));
    }

    [Fact]
    public void Spec_OfAnOlderAndANewerProgram_IsRead()
    {
        const string Stored =
            """
            {"display_name":"x","not_known_yet":1,"kind":{"model":"m","prompts":{"file":"p.jsonl"},"rewards":[{"name":"a","$type":"length"}],"config":{"step_count":7},"$type":"grpo"}}
            """;
        var job = Assert.IsType<GrpoJob>(JobJson.Deserialize<JobSpec>(Stored).Kind);
        Assert.Equal((7, 8, 50), (job.Config.StepCount, job.Config.GroupSize, job.Checkpoint.EverySteps));
        Assert.IsType<LengthConfig>(Assert.Single(job.Rewards));
    }

    [Fact]
    public void EventKinds_StayAsTheyWereStored()
    {
        Dictionary<string, JobEventBody> bodies = new()
        {
            ["state_changed"] = new StateChanged(JobState.Queued, JobState.Preparing, ""),
            ["log"] = new LogMessage(LogSeverity.Warning, "x"),
            ["metrics"] = new MetricPoints(new Dictionary<string, double> { ["reward/mean"] = double.NaN }),
            ["samples"] = new SampleCompletions([], false),
            ["checkpoint"] = new CheckpointWritten(new JobCheckpoint(1, "d", DateTimeOffset.UnixEpoch, null)),
            ["resumed"] = new Resumed(2, 1, "lost"),
            ["divergence"] = new Divergence("policy/kl", 1, 2),
        };
        foreach ((string kind, JobEventBody body) in bodies)
        {
            Assert.Equal(kind, EventKinds.NameOf(body));
            Assert.StartsWith($"{{\"$type\":\"{kind}\"", EventKinds.Serialize(body), StringComparison.Ordinal);
        }

        Assert.Equal("{\"$type\":\"metrics\",\"values\":{\"reward/mean\":\"NaN\"}}", EventKinds.Serialize(bodies["metrics"]));
    }
}

using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using Xunit;

namespace AlignService.Specs.Tests;

/// <summary>The stored names are durable: a database outlives the program that wrote it.</summary>
public sealed class StoredSpecTests
{
    [Fact]
    public void ASpec_IsStoredByTheNamesOfTheWire()
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
        string json = JobSpecWire.ToJson(spec).Replace(" ", "", StringComparison.Ordinal);
        foreach (string part in (string[])[
            "\"after\":[\"jobs/job-0001\"]",
            "\"max_duration\":\"5400s\"",
            "\"grpo\":{\"model\":\"m\"",
            "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]",
            "\"number_match\":{\"tolerance\":1e-06}",
            "\"kl_estimator\":\"KL_ESTIMATOR_K3_STRAIGHT\"",
            "\"save_best\":true",
            "\"save_dtype\":\"SAVE_DTYPE_AS_LOADED\""])
        {
            Assert.Contains(part, json, StringComparison.Ordinal);
        }

        Assert.Equal(JobSpecWire.ToJson(spec), JobSpecWire.ToJson(JobSpecWire.FromJson(JobSpecWire.ToJson(spec))));
    }

    [Fact]
    public void SpecsOfJobsOnExamples_ReadBackAsTheyWere()
    {
        var config = new ExampleTrainingConfig { StepCount = 3 };
        JobKind[] kinds =
        [
            new SupervisedJob { Model = "m", Examples = new() { Inline = [new Example(new Prompt(0, "2+2=", null, null), "4")] }, Config = config },
            new PreferenceJob { Model = "m", Preferences = new() { File = "p.parquet" }, Config = config, Preference = new() { Beta = 0.5 } },
            new RewardModelJob { Model = "m", Preferences = new() { Inline = [new Preference(new Prompt(0, "2+2=", null, null), "4", "5", 0.5)] }, Config = config },
        ];
        foreach (JobKind kind in kinds)
        {
            string stored = JobSpecWire.ToJson(new JobSpec { Kind = kind });
            Assert.Contains("\"steps\": 3", stored, StringComparison.Ordinal);
            Assert.Equal(stored, JobSpecWire.ToJson(JobSpecWire.FromJson(stored)));
        }
    }

    [Fact]
    public void WhatVersion01Stored_IsRead()
    {
        const string Stored =
            """
            {"display_name":"x","not_known_yet":1,"kind":{"model":"m","prompts":{"file":"p.jsonl"},"rewards":[{"name":"a","$type":"length"}],"config":{"step_count":7},"$type":"grpo"}}
            """;
        var job = Assert.IsType<GrpoJob>(JobSpecWire.FromJson(JobSpecWire.UpToDate(Stored)).Kind);
        Assert.Equal((7, 8, 50), (job.Config.StepCount, job.Config.GroupSize, job.Checkpoint.EverySteps));
        Assert.IsType<LengthConfig>(Assert.Single(job.Rewards));
    }

    [Fact]
    public void EverythingThatVersion01Stored_KeepsItsValue()
    {
        const string Stored =
            """
            {"display_name":"n","labels":{"a":"b"},"after":["job-0001"],"seed":9,"limits":{"max_duration":"01:30:00","max_restarts":5},
             "kind":{"$type":"grpo","model":"/m","reference_model":null,"profile":"dr_grpo",
              "prompts":{"file":null,"inline":[{"index":0,"text":null,"messages":[{"role":"user","content":"hi","fields_json":null}],"answer":"42","metadata":{"k":"v"},"tools_json":null,"template_arguments_json":null}],"prompt_field":"q","limit":3},
              "rewards":[{"$type":"java_script","script":"1","step_delimiter":"x","step_per_token":false,"name":"j","weight":0.5}],
              "config":{"step_count":7,"epoch_count":2,"minibatch_count":3,"micro_batch_size":null,"advantage":"none","advantage_epsilon":0.001,"critic":null,"partial_scores":"exclude_row",
               "loss":{"objective":"cispo","ratio_level":"sequence","clip_low":0.1,"dual_clip":null,"kl_coefficient":0.02,"kl_estimator":"k3_ratio","sampler_correction":"sequence_mask","max_completion_length":99},
               "adaptive_kl":{"target":3,"horizon":50},"kl_stop":null,"soft_overlong_cache":null,
               "sampling":{"temperature":0.7,"max_completion_length":99,"stop_strings":["s"]},"max_prompt_length":11,"overlong_prompts":"drop","allow_truncated_sampling":true,
               "adapter":{"form":{"rank":4,"alpha":8,"target_modules":["q_proj"],"modules_to_save":["lm_head"]},"directory":null},
               "optimizer":{"learning_rate":0.5,"schedule":"cosine","warmup_steps":2},"memory":{"frozen_dtype":"bf16"},
               "guardian":{"kl_blow_up":{"threshold":2,"patience":1,"action":"roll_back"},"max_rollbacks":2},"seed":9},
              "evaluation":{"every_steps":4,"pass_at":[1],"stop_patience":null,"stop_at_score":null},"checkpoint":{"every_steps":6,"save_dtype":"f32"}}}
            """;
        JobSpec spec = JobSpecWire.FromJson(JobSpecWire.UpToDate(Stored));
        var job = Assert.IsType<GrpoJob>(spec.Kind);
        GrpoConfig config = job.Config;
        Assert.Equal(("n", "b", "job-0001", 9UL, TimeSpan.FromMinutes(90), 5), (spec.DisplayName, spec.Labels["a"], spec.After[0].Value, spec.Seed, spec.Limits.MaxDuration, spec.Limits.MaxRestarts));
        Assert.Equal((7, 2, 3, null, AdvantageKind.MeanCentered, PartialScores.ExcludeRow), (config.StepCount, config.EpochCount, config.MinibatchCount, config.MicroBatchSize, config.Advantage, config.PartialScores));
        Assert.Equal((Objective.Cispo, RatioLevel.Sequence, 0.1, 0.02, KlEstimator.K3Ratio, SamplerCorrection.SequenceMask, 99), (config.Loss.Objective, config.Loss.RatioLevel, config.Loss.ClipLow, config.Loss.KlCoefficient, config.Loss.KlEstimator, config.Loss.SamplerCorrection, config.Loss.MaxCompletionLength));
        Assert.Equal((3.0, 0.7, 11, OverlongPrompts.Drop, true), (config.AdaptiveKl!.Target, config.Sampling.Temperature, config.MaxPromptLength, config.OverlongPrompts, config.AllowTruncatedSampling));
        Assert.Equal((4, "q_proj", "lm_head", 0.5, FrozenDtype.BF16), (config.Adapter!.Rank, config.Adapter.TargetModules[0], config.Adapter.ModulesToSave[0], config.Optimizer.LearningRate, config.Memory.FrozenDtype));
        Assert.Equal((2.0, 2, 4, 1, 6, SaveDtype.F32), (config.Guardian.KlBlowUp.Threshold, config.Guardian.MaxRollbacks, job.Evaluation.EverySteps, job.Evaluation.PassAt[0], job.Checkpoint.EverySteps, job.Checkpoint.SaveDtype));
        Assert.Equal(("hi", "42", "v", "q", 3), (job.Prompts.Inline[0].Messages![0].Content, job.Prompts.Inline[0].Answer, job.Prompts.Inline[0].Metadata["k"], job.Prompts.PromptField, job.Prompts.Limit));
        Assert.Equal(("x", 0.5), (Assert.IsType<JavaScriptConfig>(job.Rewards[0]).SegmentDelimiter, job.Rewards[0].Weight));
    }
}

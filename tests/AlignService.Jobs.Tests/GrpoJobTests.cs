using AlignService.Specs.Guardian;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using Xunit;

namespace AlignService.Jobs.Tests;

public sealed class GrpoJobTests
{
    [Fact]
    public void AfterRollbacks_EveryPace_IsSlowerByTheFactorOfEach()
    {
        GrpoJob job = Job(new GrpoConfig
        {
            Optimizer = new() { LearningRate = 0.4 },
            Critic = new() { LearningRate = 0.8 },
            TrustRegion = new() { MaxKl = 0.02 },
            Guardian = new GuardianConfig { RollbackLearningRateFactor = 0.5 },
        });

        GrpoConfig slower = job.AfterRollbacks(2).Config;

        Assert.Equal(0.1, slower.Optimizer.LearningRate);
        Assert.Equal(0.2, slower.Critic!.LearningRate);
        Assert.Equal(0.005, slower.TrustRegion!.MaxKl);
    }

    [Fact]
    public void AfterRollbacks_None_IsTheJobItself()
    {
        GrpoJob job = Job(new GrpoConfig());

        Assert.Same(job, job.AfterRollbacks(0));
    }

    private static GrpoJob Job(GrpoConfig config) => new() { Model = "m", Prompts = new PromptSourceConfig(), Rewards = [], Config = config };
}

using AlignService.Specs.JobKinds;
using AlignService.Specs.Violations;
using Xunit;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Tests;

/// <summary>A job's models by name: all of them, whatever else a setting's path can mean.</summary>
public sealed class ModelNameTests
{
    [Fact]
    public void WithModels_RenamesEveryModelOfEveryKind()
    {
        Wire.AdapterSettings Adapter() => new() { Directory = "/m/adapter" };
        Wire.JobSpec[] specs =
        [
            new()
            {
                Grpo = new()
                {
                    Model = "/m/policy",
                    ReferenceModel = "/m/reference",
                    Prompts = new() { File = "/d/prompts" },
                    Critic = new() { Model = "/m/critic" },
                    Adapter = Adapter(),
                    Rewards =
                    {
                        new Wire.RewardSource { Name = "one", RewardModel = new() { Model = "/m/judge" } },
                        new Wire.RewardSource { Name = "two", ProcessRewardModel = new() { Model = "/m/steps" } },
                        new Wire.RewardSource { Name = "three", Length = new() },
                    },
                },
            },
            new() { Supervised = new() { Model = "/m/model", Adapter = Adapter(), Examples = new() { File = "/d/examples" } } },
            new() { Preference = new() { Model = "/m/policy", ReferenceModel = "/m/reference", Adapter = Adapter(), Preferences = new() { File = "/d/pairs" } } },
            new() { RewardModel = new() { Model = "/m/model", Preferences = new() { File = "/d/pairs" } } },
        ];
        int count = 0;
        foreach (Wire.JobSpec wire in specs)
        {
            JobSpec spec = JobSpecWire.Read(wire, "/data", new ViolationList())!;
            List<string> names = [];
            JobKind renamed = spec.Kind.WithModels(name =>
            {
                names.Add(name);
                return name.Replace("/m/", "/elsewhere/", StringComparison.Ordinal);
            });

            Assert.All(names, name => Assert.StartsWith("/m/", name, StringComparison.Ordinal));
            string before = JobSpecWire.ToJson(spec), after = JobSpecWire.ToJson(spec with { Kind = renamed });
            Assert.Equal(before.Replace("/m/", "/elsewhere/", StringComparison.Ordinal), after);
            Assert.Contains("/d/", after, StringComparison.Ordinal);
            count += names.Count;
        }

        // Every setting that is a path and no data file was among them.
        Assert.Equal(SettingCatalog.All.Where(setting => setting.Declaration.IsPath && setting.Field.Name != "file").Select(setting => setting.Path).Distinct().Count(), count);
    }
}

using System.Collections;
using System.Globalization;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>Every number of a spec, wherever it stands, with values that nobody can mean: each is refused at its field with the value. A new field is among them by itself.</summary>
public sealed class NumberBoundsTests
{
    private static readonly object[] NoDoubles = [double.NaN, double.PositiveInfinity, 1e300, -1e300];
    private static readonly object[] NoIntegers = [int.MinValue, -1];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_no_number_can_be_is_refused_at_its_field()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var wrong = new List<string>();
        int count = 0;
        foreach ((Func<JobSpec> make, string below) in Makers(server.Folder))
        {
            foreach ((Func<JobSpec, IMessage> find, FieldDescriptor field, string path) in Numbers(make(), spec => spec, "spec").Where(number => number.Path.StartsWith(below, StringComparison.Ordinal)).ToList())
            {
                foreach (object value in field.FieldType == FieldType.Double ? NoDoubles : NoIntegers.Where(value => path != "spec.priority" || value is not -1))
                {
                    JobSpec spec = make();
                    field.Accessor.SetValue(find(spec), value);
                    string said = await FaultAsync(server, spec, path);
                    count++;
                    if (!said.Contains(Convert.ToString(value, CultureInfo.InvariantCulture)!, StringComparison.Ordinal))
                    {
                        wrong.Add($"{path} = {value}: {said}");
                    }
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(count, 300, 5000);
    }

    /// <summary>What is said at the field, or at the row that it belongs to.</summary>
    private static async Task<string> FaultAsync(TestServer server, JobSpec spec, string path)
    {
        try
        {
            await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);
            return "taken";
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument)
        {
            return string.Join(' ', refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Where(fault => fault.Field == path || $"{fault.Field}.margin" == path).Select(fault => fault.Description));
        }
    }

    /// <summary>Specs, each with the part of it that the others have not.</summary>
    private static IEnumerable<(Func<JobSpec> Make, string Below)> Makers(TestFolder folder)
    {
        yield return (() => Grpo(folder), "spec");
        yield return (() =>
        {
            JobSpec spec = SampleSpecs.Valid(folder);
            SampleSpecs.Ppo(spec);
            return spec;
        }, "spec.grpo.critic");
        yield return (() =>
        {
            JobSpec spec = SampleSpecs.Valid(folder);
            SampleSpecs.TrustRegion(spec);
            return spec;
        }, "spec.grpo.algorithm.trust_region");
        yield return (() =>
        {
            JobSpec spec = SampleSpecs.Valid(folder);
            ExampleSource examples = new() { Inline = { new Example { Text = "a", Completion = "b" } } };
            spec.Supervised = new()
            {
                Model = "models/policy",
                Examples = examples,
                EvaluationExamples = examples.Clone(),
                Training = new(),
                Optimizer = new(),
                Evaluation = new(),
                Checkpoint = new(),
                Adapter = new(),
            };
            return spec;
        }, "spec.supervised");
        yield return (() =>
        {
            JobSpec spec = SampleSpecs.Valid(folder);
            spec.Preference = new() { Model = "models/policy", Preferences = Pairs(), Training = new() };
            return spec;
        }, "spec.preference");
        yield return (() =>
        {
            JobSpec spec = SampleSpecs.Valid(folder);
            spec.RewardModel = new() { Model = "models/policy", Preferences = Pairs(), Training = new(), Optimizer = new() };
            return spec;
        }, "spec.reward_model");
    }

    private static PreferenceSource Pairs() => new() { Inline = { new Preference { Text = "a", Chosen = "b", Rejected = "c" } } };

    /// <summary>With every group of settings and every kind of reward that needs no model.</summary>
    private static JobSpec Grpo(TestFolder folder)
    {
        JobSpec spec = SampleSpecs.Valid(folder);
        spec.Limits = new();
        GrpoJob grpo = spec.Grpo;
        grpo.EvaluationPrompts = grpo.Prompts.Clone();
        grpo.Algorithm.AdaptiveKl = new();
        (grpo.Optimizer, grpo.Evaluation, grpo.Checkpoint, grpo.Adapter, grpo.Guardian) = (new(), new(), new(), new(), new());
        foreach (FieldDescriptor rule in GuardianSettings.Descriptor.Fields.InFieldNumberOrder().Where(field => field.FieldType == FieldType.Message))
        {
            rule.Accessor.SetValue(grpo.Guardian, new GuardianRule());
        }

        foreach (FieldDescriptor kind in RewardSource.Descriptor.Oneofs[0].Fields.Where(kind => kind.MessageType.FindFieldByName("model") is null))
        {
            RewardSource reward = new() { Name = kind.Name };
            kind.Accessor.SetValue(reward, kind.MessageType.Parser.ParseFrom(ByteString.Empty));
            reward.JavaScript?.Script = "1";
            reward.RegularExpression?.Pattern = "a";
            grpo.Rewards.Add(reward);
        }

        return spec;
    }

    /// <summary>The numbers of the messages that are set, each with the way to its message.</summary>
    private static IEnumerable<(Func<JobSpec, IMessage> Find, FieldDescriptor Field, string Path)> Numbers(IMessage message, Func<JobSpec, IMessage> find, string path)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder().Where(field => !field.IsMap && !AlignService.Specs.SettingCatalog.IsWritten(field)))
        {
            string place = $"{path}.{field.Name}";
            object value = field.Accessor.GetValue(message);
            if (!field.IsRepeated && field.FieldType is FieldType.Double or FieldType.Int32)
            {
                yield return (find, field, place);
            }

            (IMessage Item, Func<JobSpec, IMessage> Find, string Path)[] below = value switch
            {
                IList items when field.FieldType == FieldType.Message =>
                    [.. items.Cast<IMessage>().Select((item, i) => (item, (Func<JobSpec, IMessage>)(spec => (IMessage)((IList)field.Accessor.GetValue(find(spec)))[i]!), $"{place}[{i}]"))],
                IMessage inner when inner.Descriptor.File.Package == "align.v1" => [(inner, spec => (IMessage)field.Accessor.GetValue(find(spec)), place)],
                _ => [],
            };
            foreach (var number in below.SelectMany(one => Numbers(one.Item, one.Find, one.Path)))
            {
                yield return number;
            }
        }
    }
}

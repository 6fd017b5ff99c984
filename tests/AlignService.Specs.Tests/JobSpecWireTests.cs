using AlignService.Specs.Binding;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Xunit;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Tests;

public sealed class JobSpecWireTests
{
    private static Wire.JobSpec Filled(Random random)
    {
        var wire = (Wire.JobSpec)Fill(new Wire.JobSpec(), random);
        if (wire.Grpo is { } grpo)
        {
            grpo.Algorithm.Profile = EnumNames.Spelled(Pick(Enum.GetValues<GrpoProfile>(), random));
        }

        return wire;
    }

    /// <summary>Fields whose absence means off, because every number means something.</summary>
    private static readonly string[] OffWithoutNumber = ["stop_at_score"];

    [Fact]
    public void Every_field_survives_the_way_to_the_record_and_back()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Wire.JobSpec wire = Filled(new Random(seed));

            Wire.JobSpec again = JobSpecWire.Write(Read(wire));

            Assert.True(wire.Equals(again), $"seed {seed}\nsent     {wire}\nreceived {again}");
        }
    }

    [Fact]
    public void Without_inline_data_a_spec_says_how_much_there_was_and_its_hash()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            Wire.JobSpec wire = Filled(new Random(seed));
            Wire.JobSpec brief = JobSpecWire.Write(Read(wire), withInlineData: false);
            (IReadOnlyList<IMessage> Rows, int Count, string Sha256)[] whole = [.. Sources(wire)], counted = [.. Sources(brief)];

            Assert.NotEmpty(counted);
            Assert.All(counted, source => Assert.Empty(source.Rows));
            Assert.Equal(whole.Select(source => source.Rows.Count), counted.Select(source => source.Count));
            Assert.Equal(whole.Select(source => Sha256Of(source.Rows)), counted.Select(source => source.Sha256));

            // As it is stored and read again, any number of times.
            Assert.Equal(brief, JobSpecWire.Write(Read(brief)));
            Assert.Equal(brief, JobSpecWire.Write(Read(brief), withInlineData: false));
        }
    }

    [Fact]
    public void A_count_beside_the_rows_themselves_is_not_believed()
    {
        Wire.JobSpec spec = Minimal();
        spec.Grpo.Prompts = new Wire.PromptSource { Inline = { new Wire.Prompt { Text = "a" } }, InlineCount = 7, InlineSha256 = "0" };

        Assert.Equal(0, JobSpecWire.Write(Read(spec)).Grpo.Prompts.InlineCount);
        Assert.Equal(1, JobSpecWire.Write(Read(spec), withInlineData: false).Grpo.Prompts.InlineCount);
    }

    private static IEnumerable<(IReadOnlyList<IMessage> Rows, int Count, string Sha256)> Sources(Wire.JobSpec spec)
    {
        Wire.PromptSource[] prompts = [spec.Grpo?.Prompts!, spec.Grpo?.EvaluationPrompts!, spec.Evaluation?.Prompts!];
        Wire.ExampleSource[] examples = [spec.Supervised?.Examples!, spec.Supervised?.EvaluationExamples!];
        Wire.PreferenceSource[] pairs = [spec.Preference?.Preferences!, spec.Preference?.EvaluationPreferences!, spec.RewardModel?.Preferences!, spec.RewardModel?.EvaluationPreferences!];
        return
        [
            .. prompts.OfType<Wire.PromptSource>().Select(source => ((IReadOnlyList<IMessage>)[.. source.Inline], source.InlineCount, source.InlineSha256)),
            .. examples.OfType<Wire.ExampleSource>().Select(source => ((IReadOnlyList<IMessage>)[.. source.Inline], source.InlineCount, source.InlineSha256)),
            .. pairs.OfType<Wire.PreferenceSource>().Select(source => ((IReadOnlyList<IMessage>)[.. source.Inline], source.InlineCount, source.InlineSha256)),
        ];
    }

    private static string Sha256Of(IReadOnlyList<IMessage> rows)
    {
        using var bytes = new MemoryStream();
        foreach (IMessage row in rows)
        {
            row.WriteDelimitedTo(bytes);
        }

        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes.ToArray()));
    }

    [Fact]
    public void What_is_written_reads_back_to_the_same_record()
    {
        foreach (GrpoProfile profile in Enum.GetValues<GrpoProfile>())
        {
            Wire.JobSpec minimal = Minimal();
            minimal.Grpo.Algorithm = new Wire.GrpoAlgorithm { Profile = EnumNames.Spelled(profile) };
            Wire.JobSpec full = JobSpecWire.Write(Read(minimal));
            Assert.Equal(full, JobSpecWire.Write(Read(full)));
        }
    }

    [Theory]
    [InlineData("""{"role": "user"}""", "")] // clients leave empty text out
    [InlineData("""{"role": "assistant", "fieldsJson": "{\"tool_calls\":[1]}"}""", null)]
    [InlineData("""{"role": "assistant", "content": "", "fieldsJson": "{\"tool_calls\":[1]}"}""", "")]
    public void Content_that_is_absent_beside_further_fields_is_none(string message, string? content)
    {
        Wire.JobSpec spec = Minimal();
        spec.Grpo.Prompts = new Wire.PromptSource { Inline = { new Wire.Prompt { Messages = { Wire.Message.Parser.ParseJson(message) } } } };

        Wire.JobSpec written = JobSpecWire.Write(Read(spec));

        Assert.Equal(content, Assert.Single(Messages(spec)).Content);
        Assert.Equal(Messages(spec), Messages(written));

        static IReadOnlyList<PromptMessage> Messages(Wire.JobSpec wire) => ((GrpoJob)Read(wire).Kind).Prompts.Inline[^1].Messages!;
    }

    [Theory]
    [InlineData(Wire.JobSpec.KindOneofCase.Supervised)]
    [InlineData(Wire.JobSpec.KindOneofCase.Preference)]
    [InlineData(Wire.JobSpec.KindOneofCase.RewardModel)]
    public void Left_out_fields_of_a_job_on_examples_are_filled_in(Wire.JobSpec.KindOneofCase kind)
    {
        Wire.JobSpec minimal = kind switch
        {
            Wire.JobSpec.KindOneofCase.Supervised => new() { Supervised = new() { Model = "m" } },
            Wire.JobSpec.KindOneofCase.Preference => new() { Preference = new() { Model = "m" } },
            _ => new() { RewardModel = new() { Model = "m" } },
        };
        Wire.JobSpec full = JobSpecWire.Write(Read(minimal));

        Assert.Equal(kind, full.KindCase);
        Assert.Equal(full, JobSpecWire.Write(Read(full)));
        var job = (IMessage)Wire.JobSpec.Descriptor.Fields.InDeclarationOrder().Single(field => field.FieldNumber == (int)kind).Accessor.GetValue(full);
        foreach (IMessage message in job.Descriptor.Fields.InDeclarationOrder()
            .Where(field => field is { FieldType: FieldType.Message, IsRepeated: false } && field.MessageType.Name.EndsWith("Settings", StringComparison.Ordinal))
            .Select(field => (IMessage?)field.Accessor.GetValue(job))
            .OfType<IMessage>()
            .Append(job))
        {
            AssertFilledIn(message);
        }
    }

    [Fact]
    public void Adapters_learn_faster_by_default()
    {
        Assert.Equal(1e-4, ((SupervisedJob)Read(new() { Supervised = new() { Model = "m", Adapter = new() } }).Kind).Config.Optimizer.LearningRate);
        Assert.Equal(1e-5, ((PreferenceJob)Read(new() { Preference = new() { Model = "m", Adapter = new() } }).Kind).Config.Optimizer.LearningRate);
        Assert.Equal(0.5, ((PreferenceJob)Read(new() { Preference = new() { Model = "m", Adapter = new(), Optimizer = new() { LearningRate = 0.5 } } }).Kind).Config.Optimizer.LearningRate);
    }

    [Fact]
    public void Preference_jobs_learn_more_slowly_by_default()
    {
        Assert.Equal(1e-6, ((PreferenceJob)Read(new() { Preference = new() { Model = "m" } }).Kind).Config.Optimizer.LearningRate);
        Assert.Equal(1e-5, ((SupervisedJob)Read(new() { Supervised = new() { Model = "m" } }).Kind).Config.Optimizer.LearningRate);
        Assert.Equal(1e-5, ((RewardModelJob)Read(new() { RewardModel = new() { Model = "m" } }).Kind).Config.Optimizer.LearningRate);
    }

    [Fact]
    public void Every_scalar_of_the_written_algorithm_is_present()
    {
        Wire.GrpoJob written = JobSpecWire.Write(Read(Minimal())).Grpo;
        foreach (IMessage message in new IMessage[] { written.Algorithm, written.Sampling, written.Optimizer, written.Evaluation, written.Checkpoint, written.Memory })
        {
            AssertFilledIn(message);
        }
    }

    [Fact]
    public void Left_out_fields_have_the_profile_s_values()
    {
        Wire.JobSpec wire = Minimal();
        wire.Grpo.Algorithm = new Wire.GrpoAlgorithm { Profile = "dapo", GroupSize = 4, Minibatches = 2 };
        wire.Grpo.Sampling = new Wire.SamplingSettings { MaxCompletionLength = 100 };

        GrpoConfig config = ((GrpoJob)Read(wire).Kind).Config;

        Assert.Equal(4, config.GroupSize);
        Assert.Equal(0.28, config.Loss.ClipHigh);
        Assert.Equal(0, config.Loss.KlCoefficient);
        Assert.True(config.DynamicSampling);
        Assert.Equal(20, config.SoftOverlongCache);
        Assert.Equal(100, config.Loss.MaxCompletionLength);
    }

    [Fact]
    public void An_adapter_left_as_it_is_has_its_deviolations_and_a_higher_learning_rate()
    {
        Wire.JobSpec wire = Minimal();
        Assert.Null(((GrpoJob)Read(wire).Kind).Config.Adapter);
        wire.Grpo.Adapter = new Wire.AdapterSettings();
        GrpoConfig config = ((GrpoJob)Read(wire).Kind).Config;
        Assert.Equal(2, config.Adapter!.Form.Scaling);
        Assert.Equal(["all-linear"], config.Adapter.Form.TargetModules);
        Assert.Equal(1e-5, config.Optimizer.LearningRate);
        wire.Grpo.Optimizer = new Wire.OptimizerSettings { LearningRate = 3e-4 };
        Assert.Equal(3e-4, ((GrpoJob)Read(wire).Kind).Config.Optimizer.LearningRate);
    }

    [Fact]
    public void Zero_turns_a_knob_off_that_the_profile_has_on()
    {
        Wire.JobSpec wire = Minimal();
        wire.Grpo.Algorithm = new Wire.GrpoAlgorithm { Profile = "dapo", SoftOverlongCache = 0 };
        Assert.Null(((GrpoJob)Read(wire).Kind).Config.SoftOverlongCache);
    }

    [Fact]
    public void The_job_s_seed_is_the_run_s_seed()
    {
        Wire.JobSpec wire = Minimal();
        wire.Seed = ulong.MaxValue;
        JobSpec spec = Read(wire);
        Assert.Equal(ulong.MaxValue, spec.Seed);
        Assert.Equal(ulong.MaxValue, ((GrpoJob)spec.Kind).Config.Seed);
    }

    [Theory]
    [InlineData("models/a", "models/a")]
    [InlineData("./models/a", "/data/models/a")]
    [InlineData("models/A", "/data/models/A")]
    [InlineData("models/a/", "/data/models/a/")]
    [InlineData("models/..", "/data")]
    [InlineData("models/a\n", "/data/models/a\n")]
    [InlineData("models/a/b", "/data/models/a/b")]
    [InlineData("datasets/a", "/data/datasets/a")]
    [InlineData("/srv/models/a", "/srv/models/a")]
    [InlineData("../shared/a", "/shared/a")]
    [InlineData("jobs/abcd/checkpoints/best", "jobs/abcd/checkpoints/best")]
    public void Relative_paths_start_at_the_data_root(string given, string read)
    {
        Wire.JobSpec wire = Minimal();
        wire.Grpo.Model = given;
        Assert.Equal(read, ((GrpoJob)Read(wire).Kind).Model);
    }

    [Fact]
    public void Unknown_enum_values_are_violations()
    {
        Wire.JobSpec wire = Minimal();
        wire.Grpo.Algorithm = new Wire.GrpoAlgorithm { Objective = (Wire.Objective)77 };
        var violations = new ViolationList();
        JobSpecWire.Read(wire, "/data", violations);
        Violation violation = Assert.Single(violations.Violations);
        Assert.Equal("spec.grpo.algorithm.objective", violation.Field);
        Assert.Contains("clipped, cispo, sapo, reinforce, natural_gradient", violation.Description, StringComparison.Ordinal);
    }

    private static void AssertFilledIn(IMessage message)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder().Where(field => field.HasPresence && field.FieldType != FieldType.Message && !OffWithoutNumber.Contains(field.Name)))
        {
            Assert.True(field.Accessor.HasValue(message), $"{field.FullName} is not filled in");
        }
    }

    private static Wire.JobSpec Minimal() => new() { Grpo = new Wire.GrpoJob { Model = "m" } };

    private static JobSpec Read(Wire.JobSpec wire)
    {
        var violations = new ViolationList();
        JobSpec? spec = JobSpecWire.Read(wire, "/data", violations);
        Assert.Empty(violations.Violations);
        return spec!;
    }

    /// <summary>Gives every field of a message a value other than its deviolation.</summary>
    private static IMessage Fill(IMessage message, Random random)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder().Where(field => !SettingCatalog.IsWritten(field)))
        {
            if (field.IsMap)
            {
                ((System.Collections.IDictionary)field.Accessor.GetValue(message)).Add($"key {random.Next(9)}", MapValue(field, random));
            }
            else if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    list.Add(Value(field, random));
                }
            }
            else if (field.RealContainingOneof is null || field.RealContainingOneof.Fields.All(other => !other.Accessor.HasValue(message)) || random.Next(2) == 0)
            {
                field.Accessor.SetValue(message, Value(field, random));
            }
        }

        return message;
    }

    private static object MapValue(FieldDescriptor field, Random random) => Value(field.MessageType.FindFieldByName("value"), random);

    private static object Value(FieldDescriptor field, Random random) => field.FieldType switch
    {
        FieldType.Double => Math.Round(random.NextDouble() + 0.001, 6),
        FieldType.Int32 => random.Next(1, 1000),
        FieldType.UInt64 => (ulong)random.NextInt64(1, long.MaxValue),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Enum => field.EnumType.Values[random.Next(1, field.EnumType.Values.Count)].Number is var number ? Enum.ToObject(field.EnumType.ClrType, number) : 0,
        FieldType.String => Text(field, random),
        FieldType.Message when field.MessageType.FullName == "google.protobuf.Duration" => new Google.Protobuf.WellKnownTypes.Duration { Seconds = random.Next(1, 99999) },
        FieldType.Message => Fill((IMessage)Activator.CreateInstance(field.MessageType.ClrType)!, random),
        _ => throw new InvalidOperationException($"No value for {field.FullName}."),
    };

    private static string Text(FieldDescriptor field, Random random) => field.Name switch
    {
        "after" => $"jobs/job-{random.Next(1000, 9999)}",
        "model" or "reference_model" when random.Next(3) == 0 => $"jobs/job-{random.Next(1000, 9999)}/checkpoints/best",
        "model" or "reference_model" or "file" or "directory" => $"/models/{random.Next(99)}",
        _ => $"text {random.Next(999)}",
    };

    private static T Pick<T>(T[] values, Random random) => values[random.Next(values.Length)];
}

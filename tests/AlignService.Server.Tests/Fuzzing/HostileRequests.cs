using AlignService.Contracts.V1;
using AlignService.Testing;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace AlignService.Server.Tests.Fuzzing;

/// <summary>Requests that nobody would send in earnest: valid ones with fields changed to what hurts, removed or repeated, or with their bytes damaged.</summary>
internal sealed class HostileRequests(JobSpec valid, Func<Random, string> jobName)
{
    private static readonly double[] Numbers = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -0.0, -1, 1e-320, 1e30, 1e308, double.MaxValue, 0.5, 3];
    private static readonly int[] Integers = [int.MinValue, -1, 0, 1, 2, 3, 7, 1000, 1 << 20, int.MaxValue];

    private static readonly string[] Texts =
    [
        "", " ", "\0", "a\0b", "\u202e", "😀", "\uFEFF", "NaN", "null", "-1", "../../../../etc/passwd", "/dev/zero", "/dev/stdin", "/proc/self/mem", "/", ".", "jobs/", "jobs/abcd/checkpoints/../../..",
        "models/policy", "models/policy/config.json", "file:///etc/passwd", "http://127.0.0.1:1/", "{}", "[]", "{\"$ref\":\"#\"}", "{{ 1 / 0 }}", "{% for i in range(999999999) %}x{% endfor %}",
        "(a+)+$", "((a{1000}){1000}){1000}", "[", "(?=a)b", "while(true){}", "completion.length", "throw 1", "'x'.repeat(1e9)", "function reward(f){ return reward(f) }", "grpo", "ppo", "dapo",
        "%s%s%s%n", "<script>alert(1)</script>", "'; DROP TABLE jobs; --",
    ];

    private static readonly Func<string>[] LongTexts =
    [
        () => new string('a', 300_000),
        () => new string('漢', 100_000),
        () => new string('(', 30_000) + new string(')', 30_000),
        () => new string('[', 60_000),
        () => string.Concat(Enumerable.Repeat("{\"not\":", 20_000)),
        () => $"{{\"allOf\":[{string.Join(',', Enumerable.Repeat("{\"$ref\":\"#/$defs/a\"}", 500))}],\"$defs\":{{\"a\":{{}}}}}}",
        () => string.Concat(Enumerable.Repeat("{% if 1 %}", 5_000)),
        () => string.Concat(Enumerable.Repeat("a|", 20_000)),
    ];

    /// <summary>A method and the bytes of its request, or of several where it takes a stream.</summary>
    public (MethodDescriptor Method, IReadOnlyList<byte[]> Messages) Next(Random random)
    {
        IReadOnlyList<IMessage> requests = random.Next(3) == 0 ? HostileUploads.Next(random) : [JobRequest(random)];
        string type = requests[0].Descriptor.FullName;
        MethodDescriptor method = WireServices.Descriptors.SelectMany(service => service.Methods).Single(method => method.InputType.FullName == type);
        return (method, [.. requests.Select(request => Bytes(request, random))]);
    }

    private IMessage JobRequest(Random random) => random.Next(15) switch
    {
        0 => new GetJobRequest { Name = jobName(random), View = (JobView)random.Next(4) },
        1 => new ListJobsRequest { PageSize = random.Next(-1, 600), States = { (JobState)random.Next(9) } },
        2 => new CancelJobRequest { Name = jobName(random) },
        3 => new PauseJobRequest { Name = jobName(random) },
        4 => new ResumeJobRequest { Name = jobName(random) },
        10 => new ListRolloutsRequest { Name = jobName(random), PageSize = random.Next(-1, 600), View = (RolloutView)random.Next(4), Filter = new RolloutFilter { CompletionText = Text(random), Scores = { new ScoreRange { Source = Text(random), Min = 0 } } } },
        11 => new GetRolloutRequest { Name = jobName(random), Step = random.Next(-1, 3), Number = random.Next(-1, 3) },
        12 => new ListMetricsRequest { Name = jobName(random), Metrics = { Text(random), "*" }, Points = random.Next(-1, 20_000) },
        13 => new ListEventsRequest { Name = jobName(random), PageSize = random.Next(-1, 600), Kinds = { "log" }, FromStep = random.Next(-1, 3) },
        5 => new WatchJobRequest { Name = jobName(random), AfterCursor = random.Next(-1, 5), ReplayOnly = random.Next(2) == 0 },
        14 => new SampleRequest { Model = "models/policy", Prompt = Prompt(random), Sampling = new AnswerSampling { Temperature = Numbers[random.Next(Numbers.Length)], MaxCompletionLength = Integers[random.Next(Integers.Length)], StopStrings = { Texts[random.Next(Texts.Length)] } } },
        _ => new CreateJobRequest { Spec = Spec(random), ValidateOnly = random.Next(8) > 0, ListViolations = random.Next(2) == 0, RequestId = random.Next(4) == 0 ? $"r{random.Next(30)}" : "" },
    };

    private static Prompt Prompt(Random random)
    {
        string text = random.Next(4) == 0 ? LongTexts[random.Next(LongTexts.Length)]() : Texts[random.Next(Texts.Length)];
        return random.Next(2) == 0 ? new Prompt { Text = text } : new Prompt { Messages = { new Message { Role = "user", Content = text } } };
    }

    private static byte[] Bytes(IMessage request, Random random)
    {
        for (int change = random.Next(5); change > 0; change--)
        {
            Change(request, random, depth: 0);
        }

        byte[] bytes = request.ToByteArray();
        return random.Next(4) == 0 && bytes.Length > 0 ? Mutation.Of(bytes, random) : bytes;
    }

    private JobSpec Spec(Random random)
    {
        JobSpec spec = valid.Clone();
        switch (random.Next(6))
        {
            case 0:
                spec.Supervised = new SupervisedJob { Model = "models/policy", Examples = new ExampleSource { Inline = { new Example { Text = "2 + 2 =", Completion = " 4" } } } };
                break;
            case 1:
                spec.Preference = new PreferenceJob { Model = "models/policy", Preferences = new PreferenceSource { Inline = { new Preference { Text = "2 + 2 =", Chosen = " 4", Rejected = " 5" } } } };
                break;
            case 2:
                spec.Grpo.Rewards.Add([
                    new RewardSource { Name = "script", JavaScript = new JavaScriptReward { Script = "completion.length" } },
                    new RewardSource { Name = "schema", Json = new JsonReward { Schema = "{\"type\":\"object\"}" } },
                    new RewardSource { Name = "pattern", RegularExpression = new RegularExpressionReward { Pattern = "a+b" } },
                ]);
                break;
            case 3:
                spec.Grpo.Prompts = new PromptSource { Inline = { new Prompt { Messages = { new Message { Role = "user", Content = "2 + 2 =" } }, Answer = "4", ToolsJson = "[]" } } };
                break;
            case 4:
                spec.Evaluation = new EvaluationJob { Model = "models/policy", Prompts = spec.Grpo.Prompts.Clone(), Rewards = { spec.Grpo.Rewards }, SamplesPerPrompt = 2, Sampling = new AnswerSampling { TopK = 3 } };
                break;
            default:
                break;
        }

        return spec;
    }

    /// <summary>Walks down to a random field and changes it.</summary>
    private static void Change(IMessage message, Random random, int depth)
    {
        IList<FieldDescriptor> fields = message.Descriptor.Fields.InDeclarationOrder();
        if (fields.Count == 0)
        {
            return;
        }

        FieldDescriptor field = fields[random.Next(fields.Count)];
        if (field.IsMap)
        {
            if (field.Accessor.GetValue(message) is IDictionary<string, string> map)
            {
                map[Text(random)] = Text(random);
            }
        }
        else if (field.IsRepeated)
        {
            ChangeList((System.Collections.IList)field.Accessor.GetValue(message), field, random, depth);
        }
        else if (field.FieldType == FieldType.Message)
        {
            if (random.Next(12) == 0)
            {
                field.Accessor.Clear(message);
                return;
            }

            IMessage inner = field.Accessor.GetValue(message) as IMessage ?? field.MessageType.Parser.ParseFrom(ByteString.Empty);
            Change(inner, random, depth + 1);
            field.Accessor.SetValue(message, inner);
        }
        else
        {
            field.Accessor.SetValue(message, Scalar(field, random));
        }
    }

    private static void ChangeList(System.Collections.IList list, FieldDescriptor field, Random random, int depth)
    {
        switch (random.Next(4))
        {
            case 0:
                list.Clear();
                break;
            case 1 when list.Count > 0 && depth < 4:
                object first = list[0]!;
                for (int count = random.Next(2, 600); count > 0; count--)
                {
                    list.Add(first);
                }

                break;
            case 2 when list.Count > 0 && list[0] is IMessage item:
                Change(item, random, depth + 1);
                break;
            default:
                list.Add(field.FieldType == FieldType.Message ? field.MessageType.Parser.ParseFrom(ByteString.Empty) : Scalar(field, random));
                break;
        }
    }

    private static object Scalar(FieldDescriptor field, Random random) => field.FieldType switch
    {
        FieldType.String => Text(random),
        FieldType.Double => Numbers[random.Next(Numbers.Length)],
        FieldType.Int32 => Integers[random.Next(Integers.Length)],
        FieldType.Int64 => (long)Integers[random.Next(Integers.Length)] << random.Next(33),
        FieldType.UInt64 => (ulong)random.NextInt64(),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Bytes => ByteString.CopyFromUtf8(Text(random)),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, random.Next(-1, 12)),
        _ => throw new InvalidOperationException($"No value for {field.FullName}."),
    };

    private static string Text(Random random) => random.Next(8) == 0 ? LongTexts[random.Next(LongTexts.Length)]() : Texts[random.Next(Texts.Length)];
}

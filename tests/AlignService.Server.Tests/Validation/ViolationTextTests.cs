using System.Globalization;
using System.Text;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Specs.Rewards;
using AlignService.Specs.Violations;
using AlignService.Testing;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>What is said of every faulty or unusual spec, word for word, in one file: texts.snapshot. Other tests name fields and codes.</summary>
public sealed class ViolationTextTests
{
    private const string UpdateDocs = "ALIGN_UPDATE_DOCS";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string SnapshotFile => Path.Combine(Repository.Root, "tests", "AlignService.Server.Tests", "Validation", "texts.snapshot");

    /// <summary>With ALIGN_UPDATE_DOCS=1 the file is written anew.</summary>
    [Fact]
    public async Task Texts_are_those_of_the_snapshot()
    {
        var text = new StringBuilder();
        await using (TestServer server = await TestServer.StartAsync(Cancel))
        {
            Func<JobSpec> valid = () => SampleSpecs.Valid(server.Folder);
            await AppendAsync(text, "GRPO faults", server, valid, ValidationTests.Faults);
            await AppendAsync(text, "GRPO warnings", server, valid, ValidationTests.Warnings);
            await AppendAsync(text, "Remote reward faults", server, valid, RemoteRewardValidationTests.Faults);
            await AppendAsync(text, "Remote reward warnings", server, valid, RemoteRewardValidationTests.Warnings);
        }

        await using (TestServer server = await ExampleJobValidationTests.StartAsync())
        {
            await AppendAsync(text, "Example job faults", server, ExampleJobValidationTests.Supervised, ExampleJobValidationTests.Faults);
            await AppendAsync(text, "Example job warnings", server, ExampleJobValidationTests.Supervised, ExampleJobValidationTests.Warnings);
        }

        if (Environment.GetEnvironmentVariable(UpdateDocs) == "1")
        {
            await File.WriteAllTextAsync(SnapshotFile, text.ToString(), Cancel);
        }

        string[] expected = await File.ReadAllLinesAsync(SnapshotFile, Cancel), got = text.ToString().Split('\n')[..^1];
        int first = expected.Zip(got).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(
            expected.SequenceEqual(got),
            $"{SnapshotFile}, line {first + 1}: expected\n{expected.ElementAtOrDefault(first)}\ngot\n{got.ElementAtOrDefault(first)}\nRun this test with {UpdateDocs}=1 to write the file anew.");
    }

    internal static string OnWire(ViolationCode code) => new Violation("", code, "").Reason;

    private static async Task AppendAsync(StringBuilder text, string title, TestServer server, Func<JobSpec> valid, TheoryData<string, Action<JobSpec>, string, ViolationCode> rows)
    {
        text.Append(CultureInfo.InvariantCulture, $"# {title}\n");
        foreach ((string name, Action<JobSpec> change, _, _) in rows.Select(row => row.Data))
        {
            JobSpec spec = valid();
            change(spec);
            text.Append(CultureInfo.InvariantCulture, $"{name}\n");
            foreach (string line in await DescribeAsync(server, spec))
            {
                text.Append(CultureInfo.InvariantCulture, $"    {Constant(line, server).ReplaceLineEndings("\\n")}\n");
            }
        }
    }

    /// <summary>Without what differs from run to run (the data root) and what grows with each kind that is added.</summary>
    private static string Constant(string line, TestServer server) => line
        .Replace(server.Folder.Path, "{root}", StringComparison.Ordinal)
        .Replace(string.Join(", ", Specs.JobSpecWire.KindNames), "{job kinds}", StringComparison.Ordinal)
        .Replace(string.Join(", ", new RewardKinds().Kinds.Keys), "{reward kinds}", StringComparison.Ordinal);

    private static async Task<IEnumerable<string>> DescribeAsync(TestServer server, JobSpec spec)
    {
        try
        {
            CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);
            return response.Warnings.Select(warning => $"{warning.Field} {warning.Reason}: {warning.Description}");
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument)
        {
            return refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(fault => $"{fault.Field} {fault.Reason}: {fault.Description}");
        }
    }
}

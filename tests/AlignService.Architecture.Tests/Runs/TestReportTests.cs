using System.Text;
using System.Xml;
using AlignService.TestRun;
using Xunit;

namespace AlignService.Architecture.Tests.Runs;

/// <summary>The counting that decides whether a change lands.</summary>
public sealed class TestReportTests
{
    [Fact]
    public void Read_EveryKindOfTest_IsCountedOnce()
    {
        IReadOnlyList<TestOutcome> outcomes = Read("""
            <assembly passed="1" failed="1" skipped="1" not-run="1"><collection>
              <test name="a" result="Pass" />
              <test name="b" result="Fail"><failure exception-type="X"><message>wrong</message><stack-trace>here</stack-trace></failure></test>
              <test name="c" result="Skip"><reason>no database</reason></test>
              <test name="d" result="NotRun" />
            </collection></assembly>
            """);
        Assert.Equal(
            [
                new TestOutcome("a", OutcomeKind.Passed, "", "", ""),
                new TestOutcome("b", OutcomeKind.Failed, "wrong", "X", "here"),
                new TestOutcome("c", OutcomeKind.Skipped, "no database", "", ""),
            ],
            outcomes);
    }

    [Fact]
    public void Read_ErrorOutsideTests_IsAFailure()
    {
        IReadOnlyList<TestOutcome> outcomes = Read("""
            <assembly passed="1" failed="0" skipped="0">
              <errors><error type="collection-cleanup" name="Database"><failure exception-type="X"><message>still open</message></failure></error></errors>
              <collection><test name="a" result="Pass" /></collection>
            </assembly>
            """);
        Assert.Contains(outcomes, outcome => outcome is { Kind: OutcomeKind.Failed, Name: "collection-cleanup Database", Message: "still open" });
    }

    [Fact]
    public void Read_TotalsThatDisagree_AreAFailure()
    {
        IReadOnlyList<TestOutcome> outcomes = Read("""<assembly passed="2" failed="0" skipped="0"><collection><test name="a" result="Pass" /></collection></assembly>""");
        Assert.Contains(outcomes, outcome => outcome.Kind == OutcomeKind.Failed && outcome.Message.Contains("passed=\"2\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_UnknownResult_IsAFailure()
    {
        IReadOnlyList<TestOutcome> outcomes = Read("""<assembly passed="0" failed="1" skipped="0"><collection><test name="a" result="Maybe" /></collection></assembly>""");
        Assert.Equal(OutcomeKind.Failed, Assert.Single(outcomes).Kind);
    }

    [Fact]
    public void Read_ReportCutShort_Throws() =>
        Assert.Throws<XmlException>(() => TestReport.Read(new MemoryStream("<assemblies><assembly passed=\"1\""u8.ToArray())));

    private static IReadOnlyList<TestOutcome> Read(string assembly) =>
        TestReport.Read(new MemoryStream(Encoding.UTF8.GetBytes($"<assemblies>{assembly}</assemblies>")));
}

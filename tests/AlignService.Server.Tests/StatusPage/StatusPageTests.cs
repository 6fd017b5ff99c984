using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Server.Tests.Fixtures;
using AlignService.Specs.Guardian;
using Xunit;

namespace AlignService.Server.Tests.StatusPage;

/// <summary>The status page in a real browser.</summary>
public sealed class StatusPageTests
{
    private const string Hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_lists_jobs_and_draws_a_job_s_curves_as_they_come()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name, place: new WorkerPlace("cuda:3", "node-7"));
        for (int step = 1; step <= 40; step++)
        {
            await worker.ReportAsync(step, FakeWorker.Metrics(Reward(step), 0.002 * step, 30 - (0.2 * step)));
        }

        foreach (int step in new[] { 0, 20, 40 })
        {
            var heldOut = new MetricPoints(new Dictionary<string, double> { ["eval/reward/mean"] = Reward(step), ["eval/reward/standard_error"] = 0.05, ["eval/right/mean"] = Reward(step) - 0.1 });
            await server.Store.Journal.AppendAsync(worker.Lease, step, 100, [JobEvent.New(step, "eval", heldOut)], Cancel);
        }

        await worker.ReportAsync(40, new SampleCompletions([Sample("2 + 2 =", " 4, of course.", 0.9)], Evaluation: false), new LogMessage(LogSeverity.Warning, "one score is missing"));
        await server.Store.Journal.AddCheckpointAsync(worker.Lease, new JobCheckpoint(40, "/data/jobs/x/checkpoints/step-000040", DateTimeOffset.UnixEpoch, 0.5), Cancel);
        await using Chromium chromium = await Chromium.StartAsync(Cancel);

        await chromium.GoAsync(server.Address, Cancel);
        await chromium.UntilAsync("document.querySelector('tbody tr td a')", Cancel);
        string list = await TextAsync(chromium, "main");
        Assert.Contains("a test", list, StringComparison.Ordinal);
        Assert.Contains("running", list, StringComparison.Ordinal);
        Assert.Contains("40 / 100", list, StringComparison.Ordinal);
        await ShootAsync(chromium, "jobs");

        await chromium.EvaluateAsync("document.querySelector('tbody tr td a').click()", Cancel);
        await chromium.UntilAsync("document.querySelectorAll('#curves svg.chart path.curve').length >= 3", Cancel);
        foreach (string chart in new[] { "Reward", "KL to the reference", "Completion length" })
        {
            // The page draws while events still come: the first drawing may have a few points only.
            await chromium.UntilAsync($"{PointCount(chart)} === 40", Cancel);
        }

        await chromium.UntilAsync("document.querySelectorAll('svg[aria-label=\"Held out\"] path.curve').length === 2", Cancel);
        await chromium.UntilAsync("document.querySelector('main').innerText.includes('one score is missing')", Cancel);
        string page = await TextAsync(chromium, "main");
        Assert.Contains("4, of course.", page, StringComparison.Ordinal);
        Assert.Contains("one score is missing", page, StringComparison.Ordinal);
        Assert.Contains("/data/jobs/x/checkpoints/step-000040", page, StringComparison.Ordinal);

        Assert.Contains("cuda:3 on node-7", page, StringComparison.Ordinal);
        Assert.True((await chromium.EvaluateAsync("document.querySelector('#attempts').hidden", Cancel))!.GetValue<bool>());

        await worker.ReportAsync(41, FakeWorker.Metrics(Reward(41)));
        await chromium.UntilAsync($"{PointCount("Reward")} === 41", Cancel);
        await ShootAsync(chromium, "job");

        var finding = new GuardianFinding { Rule = "kl_blow_up", Value = 2, Bound = 1, Action = GuardianAction.RollBack, Seen = "It is too much.", Meaning = "It runs away.", Remedy = "Hold it." };
        await worker.ReportAsync(41, new GuardianReport(finding, 39, 0.5));
        await chromium.UntilAsync($"{PointCount("Reward")} === 39", Cancel);
        Assert.Contains("guardian, kl_blow_up: It is too much. Going back to step 39, with 0.5", await TextAsync(chromium, "main"), StringComparison.Ordinal);

        await worker.GoneAsync();
        await chromium.UntilAsync("document.querySelector('#waiting')?.innerText.includes('waits for a worker: the last one has gone')", Cancel);
        Assert.Contains("queued", await TextAsync(chromium, ".title"), StringComparison.Ordinal);
        worker = await FakeWorker.ClaimAsync(server.Store, name, place: new WorkerPlace("cpu", "node-8"));
        await chromium.UntilAsync("document.querySelector('#waiting') === null", Cancel);
        Assert.Matches(@"2[\s\S]*cpu on node-8[\s\S]*1[\s\S]*stopped[\s\S]*cuda:3 on node-7", await TextAsync(chromium, "#attempts"));

        await worker.MoveAsync(JobState.Failed, new JobFailure("out_of_memory", "The GPU has 8 GiB, 9 were asked for.", "Halve micro_batch_size."));
        await chromium.UntilAsync("document.querySelector('.notice:not([hidden])')?.innerText.includes('Halve micro_batch_size.')", Cancel);
        Assert.Contains("failed", await TextAsync(chromium, ".title"), StringComparison.Ordinal);
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task What_users_write_never_becomes_markup()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var spec = SampleSpecs.Valid(server.Folder);
        spec.DisplayName = Hostile;
        spec.Labels.Add("team", Hostile);
        string name = (await server.Jobs.CreateJobAsync(new Contracts.V1.CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job.Name;
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, name);
        await worker.ReportAsync(1, new SampleCompletions([Sample(Hostile, Hostile, 1)], Evaluation: false), new LogMessage(LogSeverity.Error, Hostile));
        await worker.MoveAsync(JobState.Failed, new JobFailure(Hostile, Hostile, Hostile));
        await using Chromium chromium = await Chromium.StartAsync(Cancel);

        await chromium.GoAsync(server.Address, Cancel);
        await chromium.UntilAsync("document.querySelector('tbody tr td a')", Cancel);
        Assert.Equal(Hostile, await TextAsync(chromium, "tbody tr td a"));
        await chromium.GoAsync($"{server.Address}/{name}", Cancel);
        await chromium.UntilAsync("document.querySelector('.sample') && document.querySelector('.notice:not([hidden])')", Cancel);

        Assert.Equal(Hostile, await TextAsync(chromium, "h1"));
        Assert.Equal(Hostile, await TextAsync(chromium, ".sample pre"));
        Assert.Equal(0, (await chromium.EvaluateAsync("document.querySelectorAll('main img, main script').length", Cancel))!.GetValue<int>());
        Assert.DoesNotContain("owned", (await chromium.EvaluateAsync("document.title.replaceAll(/'owned'/g, '')", Cancel))!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task An_unknown_job_is_said_to_be_unknown()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        await using Chromium chromium = await Chromium.StartAsync(Cancel);
        await chromium.GoAsync($"{server.Address}/jobs/nobody", Cancel);
        await chromium.UntilAsync("document.querySelector('main').innerText.includes('Job nobody does not exist.')", Cancel);
    }

    private static double Reward(int step) => 0.8 - (0.6 * Math.Exp(-step / 12.0)) + (0.03 * Math.Sin(step * 1.7));

    private static SampleCompletion Sample(string prompt, string completion, double reward) => new()
    {
        Prompt = prompt,
        Completion = completion,
        Reward = reward,
        Scores = new Dictionary<string, double> { ["right"] = reward },
        FinishReason = "stop",
        TokenCount = 5,
        Answer = "4",
    };

    private static async Task<string> TextAsync(Chromium chromium, string selector) =>
        (await chromium.EvaluateAsync($"document.querySelector('{selector}').innerText", Cancel))!.GetValue<string>();

    /// <summary>Points of a chart's first curve, counted in what is drawn.</summary>
    private static string PointCount(string chart) => $"document.querySelector('svg[aria-label=\"{chart}\"] path.curve').getAttribute('d').split(/[ML]/).length - 1";

    /// <summary>Keeps pictures where ALIGN_SCREENSHOTS names a folder.</summary>
    private static async Task ShootAsync(Chromium chromium, string name)
    {
        if (Environment.GetEnvironmentVariable("ALIGN_SCREENSHOTS") is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            await chromium.ScreenshotAsync(Path.Combine(folder, $"{name}-dark.png"), dark: true, Cancel);
            await chromium.ScreenshotAsync(Path.Combine(folder, $"{name}-light.png"), dark: false, Cancel);
        }
    }
}

using System.Diagnostics;
using AlignService.Contracts.V1;
using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Specs.Resources;
using Grpc.Core;
using Grpc.Net.Client;

namespace AlignService.Benchmarks.Service;

/// <summary>Many watchers of one job, some of which never read: whether each reader gets every event once and in order, how late, and what the server holds.</summary>
internal static class WatchBenchmark
{
    private const int StreamsPerConnection = 90;
    private const int TextLength = 2000;

    public static async Task RunAsync(int watchers, int deaf, int events, CancellationToken cancellationToken)
    {
        await using LoadedServer server = await LoadedServer.StartAsync(cancellationToken);
        string name = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = LoadedServer.Spec(0) }, cancellationToken: cancellationToken)).Job.Name;
        _ = JobId.TryParseResourceName(name, out JobId id);
        JobLease lease = await server.Store.Leases.ClaimAsync(id, "benchmark", TimeSpan.FromHours(1), cancellationToken) ?? throw new InvalidOperationException($"{name} cannot be claimed.");
        await server.Store.Leases.TransitionAsync(lease, Jobs.JobState.Preparing, null, "", cancellationToken);
        await server.Store.Leases.TransitionAsync(lease, Jobs.JobState.Running, null, "", cancellationToken);

        long before = MemoryAfterCollection();
        GrpcChannel[] channels = [.. Enumerable.Range(0, (watchers / StreamsPerConnection) + 1).Select(_ => GrpcChannel.ForAddress(server.Address))];
        AsyncServerStreamingCall<WatchJobResponse>[] streams =
            [.. Enumerable.Range(0, watchers).Select(i => new JobService.JobServiceClient(channels[i / StreamsPerConnection]).WatchJob(new WatchJobRequest { Name = name }, cancellationToken: cancellationToken))];
        Task<IReadOnlyList<long>>[] readers = [.. streams.Skip(deaf).Select(stream => Task.Run(() => ReadAsync(stream, cancellationToken), cancellationToken))];

        long start = Stopwatch.GetTimestamp();
        for (int step = 1; step <= events; step++)
        {
            await server.Store.Journal.AppendAsync(lease, step, events, [Jobs.Events.JobEvent.New(step, "", new Jobs.Events.LogMessage(LogSeverity.Info, new string('x', TextLength)))], cancellationToken);
        }

        double appended = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await server.Store.Leases.TransitionAsync(lease, Jobs.JobState.Succeeded, null, "", cancellationToken);
        IReadOnlyList<long>[] received = await Task.WhenAll(readers);
        double all = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long during = MemoryAfterCollection(), last = await server.SelectAsync<long>($"SELECT last_cursor FROM jobs WHERE id = '{id.Value}'", cancellationToken);
        foreach (AsyncServerStreamingCall<WatchJobResponse> stream in streams)
        {
            stream.Dispose();
        }

        Array.ForEach(channels, channel => channel.Dispose());
        ServiceBenchmark.Print(new
        {
            benchmark = "service-watch",
            watchers,
            deaf,
            events,
            complete = received.Count(cursors => cursors.Count == last && cursors.SequenceEqual(Enumerable.Range(1, cursors.Count).Select(i => (long)i))),
            readers = readers.Length,
            append_seconds = Math.Round(appended, 2),
            all_received_seconds = Math.Round(all, 2),
            live_mib_before = before >> 20,
            live_mib_at_the_end = during >> 20,
            peak_mib_of_process = ProcessMemory.PeakBytes() >> 20,
        });
    }

    private static async Task<IReadOnlyList<long>> ReadAsync(AsyncServerStreamingCall<WatchJobResponse> stream, CancellationToken cancellationToken)
    {
        List<long> cursors = [];
        while (await stream.ResponseStream.MoveNext(cancellationToken))
        {
            cursors.Add(stream.ResponseStream.Current.Event.Cursor);
        }

        return cursors;
    }

    private static long MemoryAfterCollection()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}

using AlignService.Jobs.Supervision;
using Microsoft.Extensions.Hosting;

namespace AlignService.Server.Workers;

/// <summary>Runs the supervisor as long as the host lives; stopping waits until every worker has gone.</summary>
internal sealed class SupervisorService(WorkerSupervisor supervisor) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => supervisor.RunAsync(stoppingToken);
}

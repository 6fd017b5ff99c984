using AlignService.Jobs.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace AlignService.Worker;

/// <summary>The services that a worker process needs for training.</summary>
public static class WorkerServices
{
    /// <param name="services">Of the process's host.</param>
    /// <param name="device">cpu, cuda (the first that the process sees) or cuda:N.</param>
    public static void AddTraining(IServiceCollection services, string device)
    {
        services.AddSingleton(new TrainingRunOptions { Device = device });
        services.AddSingleton<ITrainingRunFactory, TrainingRunFactory>();
    }
}

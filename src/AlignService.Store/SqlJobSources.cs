using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;
using AlignService.Store.Tables;

namespace AlignService.Store;

/// <summary>What jobs read, in a relational database.</summary>
internal sealed class SqlJobSources(SqlTransactions transactions) : IJobSources
{
    public Task RemoveUnusedAsync(ProjectId project, StoredName name, string directory, Action remove, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                await transactions.Dialect.LockCreationAsync(session);
                if (await JobSourceTable.FindUserAsync(session, project, name, directory) is { } user)
                {
                    throw new ResourceInUseException(name, user.ResourceName, $"{name} is used by {user.ResourceName}, which has not ended; wait until it has, or cancel it.");
                }

                remove();
            },
            cancellationToken);
}

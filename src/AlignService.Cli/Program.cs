using AlignService.Cli.Commands;

return await AlignCommand.RunAsync(args);

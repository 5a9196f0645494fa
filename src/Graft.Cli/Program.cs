using Graft.Cli;
using Graft.Cli.Output;

return await CommandLineTool.RunAsync(args, Terminal.System()).ConfigureAwait(false);

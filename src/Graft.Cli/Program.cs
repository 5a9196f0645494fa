using Graft.Cli;
using Graft.Cli.Output;

Terminal terminal = StandardStreams.Open();
using Interrupts interrupts = new(terminal);
return await CommandLineTool.RunAsync(args, terminal, interrupts.Token).ConfigureAwait(false);

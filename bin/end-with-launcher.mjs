/** Loaded into the servo before its own code: if the launcher is killed, the servo stops in good order and does not trade on unattended. */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();

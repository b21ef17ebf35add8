-- The user of Grafana: it reads what the dashboards show and nothing else, no account, no key, no audit.
-- Run by scripts/start_all.sh once the tables are there; @grafana_password is set by the caller. Safe to repeat.
SET @user = CONCAT('CREATE USER IF NOT EXISTS ''grafana''@''%'' IDENTIFIED BY ', QUOTE(@grafana_password));
PREPARE statement FROM @user;
EXECUTE statement;
DEALLOCATE PREPARE statement;
SET @password = CONCAT('ALTER USER ''grafana''@''%'' IDENTIFIED BY ', QUOTE(@grafana_password),
  ' WITH MAX_USER_CONNECTIONS 10');
PREPARE statement FROM @password;
EXECUTE statement;
DEALLOCATE PREPARE statement;
GRANT SELECT ON iai.device_registry TO 'grafana'@'%';
GRANT SELECT ON iai.alert_log TO 'grafana'@'%';
GRANT SELECT ON iai.diagnosis_report TO 'grafana'@'%';
GRANT SELECT ON iai.work_order TO 'grafana'@'%';
GRANT SELECT ON iai.history TO 'grafana'@'%';
GRANT SELECT ON iai.outbox TO 'grafana'@'%';
